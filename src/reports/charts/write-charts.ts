import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { GlobalFonts } from 'canvas';
import { ChartJSNodeCanvas } from 'chartjs-node-canvas';
import { EvalrunError } from '../../domain/errors.ts';
import { chartSpecs } from '../chart-specs.ts';
import type { ReportDocument } from '../report-document.ts';
import type { ChartSpec } from './chart-spec.ts';
import { lightTheme } from './chart-theme.ts';

const size = { width: 900, height: 540 };
/** A name of our own: text that is written in it cannot come from a font of the system. */
const fontFamily = 'evalrun charts';

/** Every chart as name.png and, with twice the pixels, name@2x.png; returns their paths. */
export async function writeCharts(document: ReportDocument, folder: string): Promise<string[]> {
  registerFonts();
  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (const spec of chartSpecs(document)) {
    for (const scale of [1, 2]) {
      const path = join(folder, `${spec.name}${scale === 1 ? '' : `@${scale}x`}.png`);
      await writeFile(path, drawChart(spec, scale));
      paths.push(path);
    }
  }
  return paths;
}

/** Servers often have no font at all: the charts bring theirs. Registering twice does no harm. */
function registerFonts(): void {
  const require = createRequire(import.meta.url);
  const fonts = [
    require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
    require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
  ];
  for (const path of fonts) {
    if (GlobalFonts.registerFromPath(path, fontFamily) !== null) continue;
    throw new EvalrunError(`${path}: the font of the charts cannot be read; run npm ci`, {
      code: 'internal',
    });
  }
}

function drawChart(spec: ChartSpec, devicePixelRatio: number): Buffer {
  const config = spec.config({ ...lightTheme, isAlone: true });
  const renderer = new ChartJSNodeCanvas({
    ...size,
    backgroundColour: lightTheme.background,
    chartCallback: ({ defaults }) => {
      defaults.font.family = fontFamily;
    },
  });
  return renderer.renderToBufferSync({ ...config, options: { ...config.options, devicePixelRatio } });
}
