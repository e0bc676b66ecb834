"""Settings of `bursar serve`, from the environment or a `.env` file (spec/formats.md, Serving)."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from storage.database import default_url


class ModelSettings(BaseSettings):
    """Of the optional model, for commands that need no other."""

    model_config = SettingsConfigDict(env_prefix="BURSAR_", env_file=".env", extra="ignore")

    llm_model: str | None = None
    llm_timeout_seconds: float = Field(default=5, gt=0, le=30)


class Settings(ModelSettings):
    """`BURSAR_…`. A channel without its secrets is off. Secrets never appear in a repr or a log. The addresses of Slack and
    of Microsoft's sign-in are for government clouds and tests."""

    database_url: str = Field(default_factory=default_url)
    host: str = "127.0.0.1"
    port: int = Field(default=3978, ge=0, le=65535)
    config_dir: Path | None = None
    audit_dir: Path | None = None

    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"

    teams_app_id: str | None = None
    teams_app_password: SecretStr | None = None
    teams_tenant_id: str | None = None
    teams_openid_url: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    teams_token_issuer: str = "https://api.botframework.com"
    teams_login_url: str = "https://login.microsoftonline.com"
    teams_scope: str = "https://api.botframework.com/.default"
    teams_service_url: str = "https://smba.trafficmanager.net/teams/"

    @property
    def missing_for_slack(self) -> list[str]:
        """The settings that Slack still needs; empty when it can be on. Socket Mode (app token) needs no signing secret."""
        missing = []
        if self.slack_bot_token is None:
            missing.append("BURSAR_SLACK_BOT_TOKEN")
        if self.slack_signing_secret is None and self.slack_app_token is None:
            missing.append("BURSAR_SLACK_SIGNING_SECRET (or BURSAR_SLACK_APP_TOKEN for Socket Mode)")
        return missing

    @property
    def missing_for_teams(self) -> list[str]:
        """The settings that Teams still needs; empty when it can be on. New bots belong to one tenant."""
        given = {
            "BURSAR_TEAMS_APP_ID": self.teams_app_id,
            "BURSAR_TEAMS_APP_PASSWORD": self.teams_app_password,
            "BURSAR_TEAMS_TENANT_ID": self.teams_tenant_id,
        }
        return [name for name, value in given.items() if not value]
