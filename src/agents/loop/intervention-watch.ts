import type { Intervention, InterventionMarks, InterventionRecord } from '../../domain/intervention.ts';
import { firstTokenMark, type RequestRecord } from '../../domain/request-record.ts';
import { actionOf, matchesAction } from './actions.ts';

type Mark = keyof InterventionMarks;
type Seen = Pick<InterventionRecord, 'marks' | 'staleActions' | 'serverStamps'>;

/** What is seen of an agent around an order: the last of the old work and the first of the new. */
export class InterventionWatch {
  readonly #intervention: Intervention;
  readonly #workdir: string;
  readonly #marks = new Map<Mark, number>();
  readonly #serverStamps = new Map<Mark, number>();
  #staleActions = 0;
  /** When the server had sent the answer whose first call is about to be run. */
  #askedUs: number | undefined;

  constructor(intervention: Intervention, workdir: string) {
    this.#intervention = intervention;
    this.#workdir = workdir;
  }

  /** An answer from before the model heard the order. */
  oldAnswer({ marks, serverStamps }: RequestRecord): void {
    if (marks.lastToken === undefined) return;
    set(this.#marks, 'lastOldToken', marks.lastToken);
    set(this.#serverStamps, 'lastOldToken', serverStamps?.lastToken);
  }

  newAnswer({ marks, serverStamps }: RequestRecord): void {
    this.#askedUs = serverStamps?.completed;
    if (this.#marks.has('firstNewToken')) return;
    set(this.#marks, 'firstNewToken', firstTokenMark(marks));
    set(this.#serverStamps, 'firstNewToken', serverStamps?.firstToken);
    const stopped = serverStamps?.stoppedBefore?.lastToken;
    if (stopped !== undefined) this.#serverStamps.set('lastOldToken', stopped);
  }

  /** A call that the model asks for after the order begins. */
  call(name: string, rawArguments: string, startUs: number): void {
    const action = actionOf(name, rawArguments, this.#workdir);
    const { follows, stale } = this.#intervention;
    if (!this.#marks.has('firstFollowingAction') && matchesAction(action, follows)) {
      this.#noteAction('firstFollowingAction', startUs);
    }
    if (matchesAction(action, stale)) {
      this.#staleActions += 1;
      this.#noteAction('lastStaleAction', startUs);
    }
  }

  /** A further call of the same answer will have waited for this one: the server's stamp is not its beginning. */
  callEnd(): void {
    this.#askedUs = undefined;
  }

  get seen(): Seen {
    const stamps = Object.fromEntries(this.#serverStamps);
    return {
      marks: Object.fromEntries(this.#marks),
      staleActions: this.#staleActions,
      ...(this.#serverStamps.size === 0 ? {} : { serverStamps: stamps }),
    };
  }

  #noteAction(mark: Mark, startUs: number): void {
    this.#marks.set(mark, startUs);
    set(this.#serverStamps, mark, this.#askedUs);
  }
}

/** A mark without its counterpart must not keep an earlier one. */
function set(marks: Map<Mark, number>, mark: Mark, us: number | undefined): void {
  if (us === undefined) marks.delete(mark);
  else marks.set(mark, us);
}
