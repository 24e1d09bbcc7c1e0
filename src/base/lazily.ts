/** Makes a value when it is first asked for, and keeps it: most schemas are never needed in a process. */
export function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
