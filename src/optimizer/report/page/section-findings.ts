import { formatMs, plural } from '../../../output/text.ts';
import type { Finding } from '../../findings.ts';
import { formatGain } from '../../gain.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';
import { chip, section } from './parts.ts';

/** What the optimizer would do, and what it only tells. */
export function findingsSection(findings: readonly Finding[]): Markup {
  const body =
    findings.length === 0
      ? markup`<p class="none">Nothing to do: no index is missing or redundant, as far as the evidence tells.</p>`
      : markup`<div class="findings">${[...findings].sort(byStatus).map(findingItem)}</div>`;
  return section('findings', 'Findings', body);
}

/** What asks for something to be done comes first. */
function byStatus(a: Finding, b: Finding): number {
  return order.indexOf(a.status) - order.indexOf(b.status);
}

const order: readonly Finding['status'][] = [
  'proposed',
  'blocked',
  'review',
  'applied',
  'rejected',
];

export function findingItem(finding: Finding): Markup {
  const { status, rule, table, index, columns, reason, sql, evidence } = finding;
  const shape = columns.length === 0 ? '' : ` (${columns.join(', ')})`;
  const what = rule === 'redundant-index' ? `${table}.${index ?? ''}${shape}` : `${table}${shape}`;
  const gain = evidence.gain === null ? null : markup`<b>${formatGain(evidence.gain)}</b>`;
  return markup`<details class="finding"><summary>${chip(status)}<span class="what">${what}</span><span class="rule">${rule}</span>${gain}</summary>
<p>${reason}</p>
${sql.length === 0 || status === 'rejected' ? null : markup`<pre>${sql.map((line) => `${line};`).join('\n')}</pre>`}
${evidence.statements.length === 0 ? null : statements(finding)}
</details>`;
}

function statements({ evidence }: Finding): Markup {
  const items = evidence.statements.map(({ statement, plan, withoutMs, withMs, gain }) => {
    const times =
      withoutMs === null || withMs === null || gain === null
        ? plan
        : `${formatMs(withoutMs)} → ${formatMs(withMs)}, ${formatGain(gain)}`;
    return markup`<li><pre>${statement}</pre><p>${times}</p></li>`;
  });
  return markup`<p class="label">${plural(items.length, 'statement')} of the workload</p><ul class="statements">${items}</ul>`;
}
