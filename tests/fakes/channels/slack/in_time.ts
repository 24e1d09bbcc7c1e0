/** Longest that a test waits for what has to come; a machine that is busy may take a while. */
const LIMIT_MS = 30_000;

/** What comes. @throws {Error} It does not: a test that waits for ever says nothing. */
export async function inTime<T>(promise: Promise<T>, otherwise: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(otherwise)), LIMIT_MS);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
