/** How Dragoman from this working copy is started for a run: with the listeners that are measured and no others. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LISTENER_NAMES, type ListenerName } from '../../src/server/view.ts';

const entry = join(import.meta.dirname, '..', '..', 'bin', 'dragoman.js');

export interface DragomanOptions {
  readonly folder: string;
  readonly durability: string;
}

/** Arguments for Node. */
export function dragomanCommand(listeners: readonly ListenerName[], { folder, durability }: DragomanOptions): string[] {
  const ports = LISTENER_NAMES.flatMap((name) => [`--${name}-port`, listeners.includes(name) ? '0' : 'off']);
  return [entry, '--data', folder, ...ports, '--durability', durability];
}

export function missingDragoman(): string | undefined {
  return existsSync(entry) ? undefined : `${entry} does not exist`;
}
