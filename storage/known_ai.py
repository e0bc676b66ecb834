"""AI products that Bursar knows without a catalogue, so that card lines, visits and grants of them are discovered.

Written from general knowledge; a company's catalogue always comes first. `merchants` are patterns as in catalog.yaml.
"""

from typing import NamedTuple


class KnownTool(NamedTuple):
    name: str
    vendor: str
    merchants: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()


KNOWN_AI: tuple[KnownTool, ...] = (
    KnownTool("ChatGPT", "OpenAI", ("OPENAI*CHATGPT", "CHATGPT", "OPENAI.COM/CHATGPT"), ("chatgpt.com", "chat.openai.com")),
    KnownTool("OpenAI", "OpenAI", ("OPENAI",), ("openai.com",)),
    KnownTool("Claude", "Anthropic",
              ("CLAUDE.AI", "CLAUDE AI", "CLAUDE*SUBSCR", "CLAUDE PRO", "CLAUDE MAX", "CLAUDE TEAM", "ANTHROPIC*CLAUDE"),
              ("claude.ai", "claude.com")),
    KnownTool("Anthropic", "Anthropic", ("ANTHROPIC",), ("anthropic.com",)),
    KnownTool("Cursor", "Anysphere", ("CURSOR", "ANYSPHERE"), ("cursor.com", "cursor.sh"), ("Cursor AI",)),
    KnownTool("GitHub Copilot", "GitHub", ("GITHUB*COPILOT",), ("githubcopilot.com", "copilot.github.com")),
    KnownTool("Microsoft Copilot", "Microsoft", (), ("copilot.microsoft.com",)),
    KnownTool("Gemini", "Google", ("GOOGLE*GEMINI", "GOOGLE*AI PRO", "GOOGLE*AI ULTRA"),
              ("gemini.google.com", "aistudio.google.com")),
    KnownTool("NotebookLM", "Google", ("GOOGLE*NOTEBOOKLM",), ("notebooklm.google.com",)),
    KnownTool("Perplexity", "Perplexity", ("PERPLEXITY",), ("perplexity.ai",)),
    KnownTool("Midjourney", "Midjourney", ("MIDJOURNEY",), ("midjourney.com",)),
    KnownTool("Mistral", "Mistral AI", ("MISTRAL AI", "MISTRAL.AI", "MISTRALAI"), ("mistral.ai",), ("Le Chat",)),
    KnownTool("DeepSeek", "DeepSeek", ("DEEPSEEK",), ("deepseek.com",)),
    KnownTool("Grok", "xAI", ("XAI LLC", "X.AI", "GROK"), ("x.ai", "grok.com")),
    KnownTool("Poe", "Quora", ("POE.COM", "QUORA*POE"), ("poe.com",)),
    KnownTool("Character.AI", "Character.AI", ("CHARACTER.AI", "CHARACTER AI"), ("character.ai",)),
    KnownTool("Hugging Face", "Hugging Face", ("HUGGINGFACE", "HUGGING FACE"), ("huggingface.co", "hf.co")),
    KnownTool("Replicate", "Replicate", ("REPLICATE",), ("replicate.com",)),
    KnownTool("Cohere", "Cohere", ("COHERE AI", "COHERE.COM", "COHERE INC"), ("cohere.com", "cohere.ai")),
    KnownTool("Groq", "Groq", ("GROQ",), ("groq.com",)),
    KnownTool("Together AI", "Together AI", ("TOGETHER AI", "TOGETHER.AI", "TOGETHERAI"), ("together.ai",)),
    KnownTool("OpenRouter", "OpenRouter", ("OPENROUTER",), ("openrouter.ai",)),
    KnownTool("ElevenLabs", "ElevenLabs", ("ELEVENLABS", "ELEVEN LABS"), ("elevenlabs.io",)),
    KnownTool("Runway", "Runway", ("RUNWAYML", "RUNWAY ML", "RUNWAY AI"), ("runwayml.com",)),
    KnownTool("Synthesia", "Synthesia", ("SYNTHESIA",), ("synthesia.io",)),
    KnownTool("HeyGen", "HeyGen", ("HEYGEN",), ("heygen.com",)),
    KnownTool("Suno", "Suno", ("SUNO.COM", "SUNO INC", "SUNO AI"), ("suno.com", "suno.ai")),
    KnownTool("Stability AI", "Stability AI", ("STABILITY AI", "STABILITY.AI"), ("stability.ai",)),
    KnownTool("Leonardo.Ai", "Leonardo.Ai", ("LEONARDO.AI", "LEONARDO AI"), ("leonardo.ai",)),
    KnownTool("Jasper", "Jasper", ("JASPER AI", "JASPER.AI"), ("jasper.ai",), ("Jasper AI",)),
    KnownTool("Copy.ai", "Copy.ai", ("COPY.AI", "COPYAI"), ("copy.ai",)),
    KnownTool("Writer", "Writer", ("WRITER.COM", "WRITER INC"), ("writer.com",)),
    KnownTool("Grammarly", "Grammarly", ("GRAMMARLY",), ("grammarly.com",)),
    KnownTool("QuillBot", "QuillBot", ("QUILLBOT",), ("quillbot.com",)),
    KnownTool("DeepL", "DeepL", ("DEEPL",), ("deepl.com",)),
    KnownTool("Otter.ai", "Otter.ai", ("OTTER.AI", "OTTERAI"), ("otter.ai",), ("Otter",)),
    KnownTool("Fireflies.ai", "Fireflies.ai", ("FIREFLIES.AI", "FIREFLIES"), ("fireflies.ai",), ("Fireflies",)),
    KnownTool("Fathom", "Fathom", ("FATHOM VIDEO", "FATHOM.VIDEO"), ("fathom.video",)),
    KnownTool("Granola", "Granola", ("GRANOLA AI", "GRANOLA LABS"), ("granola.ai",)),
    KnownTool("read.ai", "Read AI", ("READ AI", "READ.AI"), ("read.ai",), ("Read AI",)),
    KnownTool("tl;dv", "tl;dv", ("TLDV",), ("tldv.io",)),
    KnownTool("Gamma", "Gamma", ("GAMMA.APP", "GAMMA APP"), ("gamma.app",)),
    KnownTool("Tabnine", "Tabnine", ("TABNINE",), ("tabnine.com",)),
    KnownTool("Windsurf", "Cognition", ("WINDSURF", "CODEIUM", "EXAFUNCTION"), ("windsurf.com", "codeium.com")),
    KnownTool("Devin", "Cognition", ("COGNITION LABS", "COGNITION AI", "DEVIN AI"), ("devin.ai",)),
    KnownTool("Replit", "Replit", ("REPLIT",), ("replit.com",)),
    KnownTool("Lovable", "Lovable", ("LOVABLE LABS", "LOVABLE.DEV", "LOVABLE*SUBSCR"), ("lovable.dev", "lovable.app")),
    KnownTool("Bolt.new", "StackBlitz", ("BOLT.NEW", "STACKBLITZ"), ("bolt.new",)),
    KnownTool("v0", "Vercel", ("V0.DEV", "VERCEL*V0"), ("v0.dev", "v0.app")),
    KnownTool("Sourcegraph Cody", "Sourcegraph", ("SOURCEGRAPH",), ("sourcegraph.com",), ("Cody",)),
    KnownTool("Augment Code", "Augment Code", ("AUGMENT CODE", "AUGMENTCODE"), ("augmentcode.com",)),
    KnownTool("Phind", "Phind", ("PHIND",), ("phind.com",)),
    KnownTool("You.com", "You.com", ("YOU.COM",), ("you.com",)),
    KnownTool("Glean", "Glean", ("GLEAN TECHNOLOGIES", "GLEAN.COM"), ("glean.com",)),
    KnownTool("Pinecone", "Pinecone", ("PINECONE",), ("pinecone.io",)),
    KnownTool("LangSmith", "LangChain", ("LANGCHAIN", "LANGSMITH"), ("langchain.com",)),
    KnownTool("AssemblyAI", "AssemblyAI", ("ASSEMBLYAI", "ASSEMBLY AI"), ("assemblyai.com",)),
    KnownTool("Deepgram", "Deepgram", ("DEEPGRAM",), ("deepgram.com",)),
    KnownTool("Descript", "Descript", ("DESCRIPT",), ("descript.com",)),
    KnownTool("Manus", "Manus", ("MANUS AI", "MANUS.IM"), ("manus.im",)),
    KnownTool("Pi", "Inflection AI", ("INFLECTION AI",), ("pi.ai",)),
    KnownTool("Amazon Q", "Amazon", (), ("q.aws",), ("Amazon Q Developer",)),
)  # fmt: skip
