import { formatMs, formatNumber } from '../../../output/text.ts';
import { formatGain } from '../../gain.ts';
import type { QueryProof } from '../result.ts';
import { gainAxis, gainLine } from './charts.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';
import { section } from './parts.ts';
import { logScale } from './scales.ts';
import type { LogScale } from './scales.ts';

/** Of the largest gains; the others are behind a line that opens. */
const shownAtOnce = 12;

/** Before and after of each statement that an index was proven on. */
export function queriesSection(queries: readonly QueryProof[]): Markup {
  const drawable = queries.filter(({ withoutMs, withMs }) => withoutMs > 0 && withMs > 0);
  if (drawable.length === 0) {
    return section(
      'gains',
      'What got faster',
      markup`<p class="none">No index of optimize-db was proven here yet.</p>`,
    );
  }
  const scale = logScale(drawable.flatMap(({ withoutMs, withMs }) => [withoutMs, withMs]));
  const rows = drawable.map((query) => row(query, scale));
  const rest = rows.slice(shownAtOnce);
  return section(
    'gains',
    'What got faster',
    markup`<p class="legend"><i class="dot before"></i>before <i class="dot after"></i>with the index <span>logarithmic: each line is ten times the one before it</span></p>
<div class="gains">
<div class="gain axis-row"><div></div>${gainAxis(scale)}<div></div></div>
${rows.slice(0, shownAtOnce)}
${rest.length === 0 ? null : markup`<details><summary>${formatNumber(rest.length)} more</summary>${rest}</details>`}
</div>`,
  );
}

function row(query: QueryProof, scale: LogScale): Markup {
  const { statement, table, index, columns, runId, withoutMs, withMs, gain, note, isThere } = query;
  return markup`<div class="gain${isThere ? '' : ' lost'}">
<details class="statement"><summary><code>${statement.replaceAll(/\s+/g, ' ')}</code></summary><pre>${statement}</pre>
<p>${index} on ${table} (${columns.join(', ')}), made by run ${runId}${note === null ? '' : `; ${note}`}</p></details>
${gainLine(query, scale)}
<p class="times"><b>${formatGain(gain)}</b><span>${formatMs(withoutMs)} → ${formatMs(withMs)}</span>${isThere ? null : markup`<span>the index is gone</span>`}</p>
</div>`;
}
