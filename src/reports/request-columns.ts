import { firstTokenMark, type RequestRecord } from '../domain/request-record.ts';
import type { ImportedRun, Run } from '../domain/run.ts';
import { decodeRate, tpotUs } from '../inference/latency.ts';
import type { Column } from './csv-file.ts';
import type { KeptTry } from './load-run.ts';
import { latencyNotMeasured } from './replay-text.ts';

export interface RequestRow {
  readonly record: RequestRecord;
  readonly tryOf: KeptTry;
}

/** requests.csv has a row for each model request of every try. */
export function requestColumns(run: Run | ImportedRun): Column<RequestRow>[] {
  const notMeasured = latencyNotMeasured(run);
  const since = (record: RequestRecord, mark: number | undefined): number | string | undefined =>
    mark === undefined ? undefined : (notMeasured ?? milliseconds(mark - record.marks.t0));
  return [
    { name: 'run_id', value: () => run.runId },
    { name: 'simulated', value: ({ record }) => record.simulated },
    { name: 'suite', value: () => run.suite.name },
    { name: 'dataset', value: ({ tryOf }) => tryOf.dataset },
    { name: 'trial_id', value: ({ record }) => record.trialId },
    { name: 'task_id', value: ({ tryOf }) => tryOf.taskId },
    { name: 'agent', value: ({ tryOf }) => tryOf.arm.agent },
    { name: 'model_alias', value: ({ tryOf }) => tryOf.arm.model },
    { name: 'try', value: ({ tryOf }) => tryOf.try },
    { name: 'try_is_final', value: ({ tryOf }) => tryOf.final },
    { name: 'turn', value: ({ record }) => record.turn },
    { name: 'attempt', value: ({ record }) => record.attempt },
    { name: 'kind', value: ({ record }) => record.kind },
    { name: 'provider', value: ({ record }) => record.provider },
    { name: 'model', value: ({ record }) => record.model },
    { name: 'served_model', value: ({ record }) => record.servedModel },
    { name: 'effort', value: ({ record }) => record.effort },
    { name: 'transport', value: ({ record }) => record.transport },
    { name: 'connection_reused', value: ({ record }) => record.connectionReused },
    { name: 'chained', value: ({ record }) => record.chained },
    { name: 'reconnect', value: ({ record }) => record.reconnect },
    { name: 'status', value: ({ record }) => record.status },
    { name: 'http_status', value: ({ record }) => record.httpStatus },
    { name: 'error_kind', value: ({ record }) => record.error?.kind },
    { name: 'error_message', value: ({ record }) => record.error?.message },
    { name: 'backoff_ms', value: ({ record }) => milliseconds(record.backoffUs) },
    {
      name: 'connect_ms',
      value: ({ record: { marks } }) =>
        marks.connectStart === undefined || marks.connectEnd === undefined
          ? undefined
          : milliseconds(marks.connectEnd - marks.connectStart),
    },
    { name: 't0_us', value: ({ record }) => record.marks.t0 },
    { name: 'accepted_ms', value: ({ record }) => since(record, record.marks.accepted) },
    { name: 'created_ms', value: ({ record }) => since(record, record.marks.created) },
    { name: 'ttft_ms', value: ({ record }) => since(record, firstTokenMark(record.marks)) },
    { name: 'first_reasoning_ms', value: ({ record }) => since(record, record.marks.firstReasoning) },
    { name: 'first_action_ms', value: ({ record }) => since(record, record.marks.firstAction) },
    { name: 'first_text_ms', value: ({ record }) => since(record, record.marks.firstText) },
    { name: 'first_tool_arg_ms', value: ({ record }) => since(record, record.marks.firstToolArg) },
    { name: 'last_token_ms', value: ({ record }) => since(record, record.marks.lastToken) },
    { name: 'completed_ms', value: ({ record }) => since(record, record.marks.completed) },
    { name: 'tpot_ms', value: ({ record }) => notMeasured ?? measured(tpotUs(record), 1000) },
    { name: 'decode_tokens_per_s', value: ({ record }) => notMeasured ?? measured(decodeRate(record), 1) },
    { name: 'decode_not_measurable', value: ({ record }) => notMeasured ?? reasonOf(decodeRate(record)) },
    { name: 'chunks', value: ({ record }) => record.chunks },
    { name: 'input_tokens', value: ({ record }) => record.usage?.input },
    { name: 'cached_input_tokens', value: ({ record }) => record.usage?.cachedInput },
    { name: 'output_tokens', value: ({ record }) => record.usage?.output },
    { name: 'reasoning_tokens', value: ({ record }) => record.usage?.reasoning },
    { name: 'usage_estimated', value: ({ record }) => record.usage?.estimated },
    { name: 'request_bytes', value: ({ record }) => record.requestBytes },
    { name: 'server_ttft_ms', value: ({ record }) => serverTtft(record) },
  ];
}

function serverTtft({ serverStamps }: RequestRecord): number | undefined {
  if (serverStamps?.firstToken === undefined) return undefined;
  return milliseconds(serverStamps.firstToken - serverStamps.received);
}

type Measured = ReturnType<typeof tpotUs>;

function measured(figure: Measured, divisor: number): number | undefined {
  return figure.status === 'measured' ? Number((figure.value / divisor).toFixed(4)) : undefined;
}

function reasonOf(figure: Measured): string | undefined {
  return figure.status === 'measured' ? undefined : figure.reason;
}

function milliseconds(us: number | undefined): number | undefined {
  return us === undefined ? undefined : us / 1e3;
}
