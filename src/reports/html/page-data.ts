/** What a page finds embedded in it as JSON; the app shows one of these screens. Types alone. */
import type { ReportDocument } from '../report-document.ts';

export type PageData =
  | {
      readonly screen: 'report';
      readonly document: ReportDocument;
      readonly pages: PageStore;
      readonly home?: string;
    }
  | { readonly screen: 'runs'; readonly runs: readonly RunLine[] }
  | { readonly screen: 'live'; readonly run: RunLine };

/** Where the trials' pages are: within the file, or in `trials/<position>.js` beside it. */
export type PageStore =
  | { readonly kind: 'within' }
  | { readonly kind: 'beside'; readonly ids: readonly string[] };

/** A run as the list of `evalrun view` shows it. */
export interface RunLine {
  readonly runId: string;
  /** Address of its report, relative to the list. */
  readonly address: string;
  readonly title: string;
  readonly state: string;
  readonly startedAt: string | undefined;
  readonly planned: number;
  readonly ended: number;
  readonly resolved: number;
}

/** What a running run sends as it goes on. */
export interface LiveState {
  readonly state: string;
  readonly planned: number;
  readonly arms: readonly LiveArm[];
  /** The trials that ended last, newest first. */
  readonly last: readonly LiveTrial[];
  readonly unreadable: number;
}

export interface LiveArm {
  readonly name: string;
  readonly planned: number;
  readonly resolved: number;
  readonly unresolved: number;
  readonly errored: number;
  readonly cancelled: number;
}

export interface LiveTrial {
  readonly trialId: string;
  readonly outcome: string;
  readonly message: string | undefined;
  readonly seconds: number | undefined;
  readonly endedAt: string | undefined;
}
