import { formatBytes, formatMs, plural } from '../../../output/text.ts';
import type { QueryProof, ReportedRun, TableReport, TrendPoint } from '../result.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';
import { percent } from './scales.ts';
import type { LogScale } from './scales.ts';
import { layTreemap } from './treemap.ts';

/** More tiles are too small to be seen. */
const mostTiles = 40;
/** As wide by high as the drawing mostly is. */
const treemapAspect = 2.6;
/** In percent of the whole: a smaller tile has no room for its name. */
const labelled = { width: 7, height: 9 };
/** The size stands below the name. */
const sizedHeight = 15;

/** The tables by their size: the lower part of a tile is its indexes. Empty without any size. */
export function treemap(
  tables: readonly TableReport[],
  idOf: (table: TableReport) => string,
): Markup {
  const sized = tables.filter((table) => bytesOf(table) > 0).slice(0, mostTiles);
  if (sized.length === 0) return markup``;
  const tiles = layTreemap(sized.map(bytesOf), treemapAspect);
  const drawn = sized.flatMap((table, i) => {
    const tile = tiles[i];
    if (!tile) return [];
    const { name, dataBytes, indexBytes } = table;
    const data = (dataBytes / bytesOf(table)) * 100;
    const hasLabel = tile.width >= labelled.width && tile.height >= labelled.height;
    const label = markup`<text x="9" y="21" class="name">${name}</text>${tile.height >= sizedHeight ? markup`<text x="9" y="38" class="size">${formatBytes(bytesOf(table))}</text>` : null}`;
    return [
      markup`<a href="#${idOf(table)}"><svg x="${percent(tile.x)}" y="${percent(tile.y)}" width="${percent(tile.width)}" height="${percent(tile.height)}"><title>${`${name}: data ${formatBytes(dataBytes)}, indexes ${formatBytes(indexBytes)}`}</title><rect class="data" width="100%" height="100%"/><rect class="index" y="${percent(data)}" width="100%" height="${percent(100 - data)}"/><rect class="edge" width="100%" height="100%"/>${hasLabel ? label : null}</svg></a>`,
    ];
  });
  return markup`<svg class="treemap" width="100%" height="340" role="img" aria-label="${`the ${plural(sized.length, 'largest table', 'largest tables')} by size`}">${drawn}</svg>`;
}

/** Data, indexes and free space of one table, on a scale that all tables share. */
export function sizeBar(table: TableReport, largestBytes: number): Markup {
  const share = (bytes: number): number => (largestBytes === 0 ? 0 : (bytes / largestBytes) * 100);
  const [data, index, free] = [table.dataBytes, table.indexBytes, table.freeBytes ?? 0].map(share);
  const [dataEnd, indexEnd] = [data ?? 0, (data ?? 0) + (index ?? 0)];
  return markup`<svg class="bar" width="100%" height="10" aria-hidden="true"><rect class="data" width="${percent(dataEnd)}" height="10"/><rect class="index" x="${percent(dataEnd)}" width="${percent(index ?? 0)}" height="10"/><rect class="free" x="${percent(indexEnd)}" width="${percent(free ?? 0)}" height="10"/></svg>`;
}

/** From the time before to the time after. On a logarithmic axis the length of the line is the gain. */
export function gainLine(query: QueryProof, scale: LogScale): Markup {
  const [before, after] = [query.withoutMs, query.withMs].map((ms) => percent(scale.place(ms)));
  const grid = scale.ticks.map((tick) => {
    const x = percent(scale.place(tick));
    return markup`<line class="grid" x1="${x}" x2="${x}" y1="0" y2="24"/>`;
  });
  return markup`<svg class="gain-line" width="100%" height="24" role="img" aria-label="${`${formatMs(query.withoutMs)} before, ${formatMs(query.withMs)} after`}">${grid}<line class="reach" x1="${before ?? ''}" x2="${after ?? ''}" y1="12" y2="12"/><circle class="before" cx="${before ?? ''}" cy="12" r="5"/><circle class="after" cx="${after ?? ''}" cy="12" r="7"/></svg>`;
}

/** The ticks that stand above all gain lines. */
export function gainAxis(scale: LogScale): Markup {
  const labels = scale.ticks.map((tick, i) => {
    const anchor = i === 0 ? 'start' : i === scale.ticks.length - 1 ? 'end' : 'middle';
    return markup`<text x="${percent(scale.place(tick))}" y="13" text-anchor="${anchor}">${tickLabel(tick)}</text>`;
  });
  return markup`<svg class="axis" width="100%" height="18" aria-hidden="true">${labels}</svg>`;
}

/** Powers of ten: `0.1 ms`, `10 ms`, `1 s`. */
function tickLabel(ms: number): string {
  return ms >= 1000 ? `${ms / 1000} s` : `${Number(ms.toPrecision(1))} ms`;
}

/** Sizes from report to report, indexes upon data, with a mark for each run of optimize-db that changed something. */
export function growthChart(trend: readonly TrendPoint[], runs: readonly ReportedRun[]): Markup {
  const times = trend.map(({ takenAt }) => Date.parse(takenAt));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const top = Math.max(1, ...trend.map(({ bytes }) => bytes)) * 1.25;
  const x = (time: number): number =>
    last === first ? 50 : ((time - first) / (last - first)) * 100;
  const y = (bytes: number): number => 100 - (bytes / top) * 100;
  const area = (of: (point: TrendPoint) => number, base: (point: TrendPoint) => number): string =>
    [
      ...trend.map((point, i) => `${places(x(times[i] ?? 0), y(of(point)))}`),
      ...trend.map((point, i) => `${places(x(times[i] ?? 0), y(base(point)))}`).reverse(),
    ].join(' ');
  const marks = runs
    .filter(({ steps }) => steps.some(({ state }) => state === 'applied'))
    .map((run) => ({ run, time: Date.parse(run.startedAt) }))
    .filter(({ time }) => time >= first && time <= last)
    .map(({ run, time }) => {
      const at = percent(x(time));
      return markup`<line class="run" x1="${at}" x2="${at}" y1="0" y2="100%"><title>${`run ${run.runId}`}</title></line>`;
    });
  const labels = [trend[0], trend.at(-1)].flatMap((point, i) =>
    point
      ? [
          markup`<text x="${i === 0 ? '0' : '100%'}" dx="${i === 0 ? 10 : -10}" y="20" text-anchor="${i === 0 ? 'start' : 'end'}">${formatBytes(point.bytes)}</text>`,
        ]
      : [],
  );
  return markup`<svg class="growth" width="100%" height="180" role="img" aria-label="size of the database from report to report"><svg viewBox="0 0 100 100" width="100%" height="100%" preserveAspectRatio="none"><polygon class="data" points="${area(
    ({ dataBytes }) => dataBytes,
    () => 0,
  )}"/><polygon class="index" points="${area(
    ({ bytes }) => bytes,
    ({ dataBytes }) => dataBytes,
  )}"/></svg>${marks}${labels}</svg>`;
}

function places(x: number, y: number): string {
  return `${Number(x.toFixed(2))},${Number(y.toFixed(2))}`;
}

export function bytesOf({ dataBytes, indexBytes }: TableReport): number {
  return dataBytes + indexBytes;
}
