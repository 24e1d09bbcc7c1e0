/** Thrown inside the parser only: the line holds something ward does not take apart. */
export class NotUnderstood extends Error {
  /** Names the construct, for the question to the user. */
  readonly why: string;

  /** @param why Names the construct. */
  constructor(why: string) {
    super(why);
    this.why = why;
  }
}
