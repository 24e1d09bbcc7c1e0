/** A flat record, as rows of the audit log hold it. */
export type FlatRecord = Readonly<Record<string, string | number | boolean | null>>;

/**
 * One text for one record: keys sorted by code unit, no white space, numbers as `JSON.stringify`
 * writes them (RFC 8785 for the values that occur here).
 */
export function canonicalJson(record: FlatRecord): string {
  const members = Object.keys(record).sort().map((key) =>
    `${JSON.stringify(key)}:${JSON.stringify(record[key])}`
  );
  return `{${members.join(",")}}`;
}
