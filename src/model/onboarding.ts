/** Steps of `ward onboard` in the order in which they are asked. */
export const ONBOARD_STEPS = [
  "provider",
  "key",
  "model",
  "roles",
  "workspace",
  "allow",
  "answer",
] as const;

/** One step. */
export type OnboardStep = typeof ONBOARD_STEPS[number];
