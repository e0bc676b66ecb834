// What the schema is made of: the card type of Microsoft's Teams SDK.
import type { IAdaptiveCard } from '@microsoft/teams.cards';

export type Card = IAdaptiveCard;
