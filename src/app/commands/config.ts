/** `ward config`: works on the file itself, also when it is broken. */
import { print, type ProfileContext } from "./context.ts";

/** Prints where `config.toml` is, whether it exists or not. */
export function configPath(context: ProfileContext): number {
  const { configPath } = context.profile.paths;
  print(context, { path: configPath }, () => configPath + "\n");
  return 0;
}
