import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createCanvas, GlobalFonts, type Image, loadImage } from 'canvas';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportDocument } from '../../testing/report-document.ts';
import { lightTheme } from './chart-theme.ts';
import { writeCharts } from './write-charts.ts';

let folder: string;
let paths: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-charts-'));
  paths = await writeCharts(reportDocument(), folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const picture = (name: string): Promise<Image> => loadImage(join(folder, name));

/** How many pixels have which colour, as #rrggbb. */
function colours(
  image: Image,
  area = { x: 0, y: 0, width: image.width, height: image.height },
): Map<string, number> {
  const context = createCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(area.x, area.y, area.width, area.height);
  const counts = new Map<string, number>();
  for (let at = 0; at < data.length; at += 4) {
    const colour = `#${Buffer.from(data.subarray(at, at + 3)).toString('hex')}`;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return counts;
}

test('each chart is there at one and at two pixels a point', async () => {
  expect((await readdir(folder)).toSorted()).toEqual(paths.map((path) => basename(path)).toSorted());
  expect(paths).toHaveLength(14);
  for (const path of paths) {
    const scale = path.endsWith('@2x.png') ? 2 : 1;
    const { width, height } = await loadImage(path);
    expect([width, height]).toEqual([900 * scale, 540 * scale]);
  }
});

test.each(['solved-by-time', 'accuracy-by-duration', 'ttft-distribution', 'ttft-by-turn'])(
  '%s shows both arms in their colours on white, the larger picture with more of them',
  async (name) => {
    const [single, double] = [
      colours(await picture(`${name}.png`)),
      colours(await picture(`${name}@2x.png`)),
    ];
    for (const colour of lightTheme.series.slice(0, 2)) {
      expect(single.get(colour) ?? 0).toBeGreaterThan(20);
      expect(double.get(colour) ?? 0).toBeGreaterThan(2 * (single.get(colour) ?? 0));
    }
    expect(single.get('#ffffff') ?? 0).toBeGreaterThan(0.7 * 900 * 540);
  },
);

test('titles are written in the font that comes along, not in one of the system', async () => {
  const font = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf');
  GlobalFonts.registerFromPath(font, 'bold of the charts');
  const context = createCanvas(10, 10).getContext('2d');
  context.font = '17px "bold of the charts"';
  const { width } = context.measureText('Time to first token');
  const end = lastInked(await picture('ttft-distribution.png'));
  expect(Math.abs(end - (16 + width))).toBeLessThan(2.5);
});

/** The right end of the title's letters. */
function lastInked(image: Image): number {
  for (let x = 600; x > 0; x--) {
    if (colours(image, { x, y: 12, width: 1, height: 20 }).size > 1) return x;
  }
  return 0;
}
