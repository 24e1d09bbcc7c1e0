/** Every protocol that ward speaks. */
import { anthropicSpeaker } from "./anthropic.ts";
import { bedrockSpeaker } from "./bedrock.ts";
import { azureSpeaker, chatSpeaker, ollamaSpeaker } from "./chat.ts";
import { geminiSpeaker } from "./gemini.ts";
import { responsesSpeaker } from "./responses.ts";
import type { Speaker } from "./speaker.ts";

/** One of each. */
export const SPEAKERS: readonly Speaker[] = [
  anthropicSpeaker,
  chatSpeaker,
  responsesSpeaker,
  azureSpeaker,
  geminiSpeaker,
  bedrockSpeaker,
  ollamaSpeaker,
];
