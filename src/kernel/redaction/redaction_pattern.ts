/** What finds sensitive parts of a text. */
export interface RedactionPattern {
  /** In the placeholder: letters, digits and `_`. */
  readonly label: string;
  /**
   * Flags `d` and `g`. What the group `hidden` took is hidden, else what the first group took, else
   * all. One of ward's own takes time that grows with the text: it begins with something fixed, and
   * what repeats before that has a bound.
   */
  readonly pattern: RegExp;
  /** The user's: it is matched within pieces of a text. @default false */
  readonly isOwn?: boolean;
  /** Whether what was found is really one. @default always */
  isOne?(value: string): boolean;
  /** What else the value may be where it ends is not plain; hidden where it stands alone. */
  readings?(value: string): readonly string[];
  /** Keys of an object whose strings are hidden whole. */
  readonly key?: RegExp;
}
