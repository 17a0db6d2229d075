import { baselineCommand } from './baseline.ts';
import { cleanCommand } from './clean.ts';
import type { Command } from './command.ts';
import { compareCommand } from './compare.ts';
import { datasetCommand } from './dataset.ts';
import { doctorCommand } from './doctor.ts';
import { exportCommand } from './export.ts';
import { gateCommand } from './gate.ts';
import { importCommand } from './import.ts';
import { latencyCommand } from './latency.ts';
import { listCommand } from './list.ts';
import { regradeCommand } from './regrade.ts';
import { reportCommand } from './report.ts';
import { resumeCommand } from './resume.ts';
import { runCommand } from './run.ts';
import { setupCommand } from './setup.ts';
import { showCommand } from './show.ts';
import { simulateCommand } from './simulate.ts';
import { validateCommand } from './validate.ts';
import { viewCommand } from './view.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  runCommand,
  resumeCommand,
  reportCommand,
  compareCommand,
  viewCommand,
  gateCommand,
  baselineCommand,
  listCommand,
  showCommand,
  validateCommand,
  regradeCommand,
  importCommand,
  exportCommand,
  datasetCommand,
  simulateCommand,
  latencyCommand,
  setupCommand,
  doctorCommand,
  cleanCommand,
];
