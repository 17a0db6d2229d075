const longestText = 100_000;
const shortText = 2_000;
/** Of all texts of one page; what comes after is cut short. */
const longestPage = 2_000_000;

/** Keeps a page's texts within bounds and says what was cut. */
export class TextLimit {
  readonly #cut: string[] = [];
  #left = longestPage;
  #more = 0;

  /** The text, or its start and end with what is missing between them. */
  keep(text: string, what: string): string {
    const most =
      this.#left > longestText ? longestText : Math.min(longestText, Math.max(shortText, this.#left));
    this.#left -= Math.min(text.length, most);
    if (text.length <= most) return text;
    this.#note(`${what}: ${text.length - most} of ${text.length} characters are not shown`);
    const half = Math.floor(most / 2);
    return `${text.slice(0, half)}\n… ${text.length - 2 * half} characters are not shown …\n${text.slice(-half)}`;
  }

  /** The first of a list that is too long for a page. */
  first<T>(values: readonly T[], most: number, what: string): readonly T[] {
    if (values.length <= most) return values;
    this.#note(`${what}: the first ${most} of ${values.length} are shown`);
    return values.slice(0, most);
  }

  #note(sentence: string): void {
    if (this.#cut.length < 20) this.#cut.push(sentence);
    else this.#more += 1;
  }

  get sentences(): string[] {
    return this.#more === 0 ? this.#cut : [...this.#cut, `${this.#more} more texts were cut`];
  }
}
