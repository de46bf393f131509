import type { Session } from '../../../database/types.ts';

export async function pauseTypes(session: Session, types: readonly string[]): Promise<void> {
  await session.write(
    '/* scalectl:queue */ INSERT IGNORE INTO scalectl_queue_paused (type) VALUES ?',
    [types.map((type) => [type])],
  );
}

export async function resumeTypes(session: Session, types: readonly string[]): Promise<void> {
  if (types.includes('*')) {
    await session.write('/* scalectl:queue */ DELETE FROM scalectl_queue_paused');
    return;
  }
  await session.write('/* scalectl:queue */ DELETE FROM scalectl_queue_paused WHERE type IN (?)', [
    types,
  ]);
}
