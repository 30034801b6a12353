/**
 * What several tests need: the samples that RocketMQ's own classes wrote, and a slab whose bytes can be looked at.
 */
import { readFileSync } from 'node:fs';
import { SlabWriter } from '../../../src/bytes/slab-writer.ts';
import { Command } from '../../../src/wire/rocketmq/command.ts';
import { CommandWriter } from '../../../src/wire/rocketmq/command-writer.ts';
import { Framer } from '../../../src/wire/rocketmq/framer.ts';

type HeaderFields = Readonly<Record<string, string>>;

interface Samples {
  readonly commands: Readonly<Record<string, string>>;
  readonly stored: Readonly<Record<string, string>>;
  readonly ids: Readonly<Record<string, string>>;
  readonly batch: string;
  readonly recallHandle: string;
  readonly receiptHandle: string;
  readonly extraInfo: string;
  readonly bodies: Readonly<Record<string, string>>;
  /** By request code. */
  readonly headers: Readonly<Record<string, { readonly request: HeaderFields; readonly answer?: HeaderFields }>>;
}

/** The file says what wrote each. */
export const samples = JSON.parse(readFileSync(new URL('samples.json', import.meta.url), 'utf8')) as Samples;

export function hexOf(samplesByName: Readonly<Record<string, string>>, name: string): Buffer {
  const hex = samplesByName[name];
  if (hex === undefined) throw new Error(`no sample ${name}`);
  return Buffer.from(hex, 'hex');
}

/** A writer, and a way to get what it wrote. */
export function openWriter(): { writer: CommandWriter; written: () => Buffer } {
  const chunks: Buffer[] = [];
  const out = new SlabWriter({
    write: (bytes, release) => {
      chunks.push(Buffer.from(bytes));
      release?.();
    },
  });
  const written = (): Buffer => {
    out.flush();
    return Buffer.concat(chunks.splice(0));
  };
  return { writer: new CommandWriter(out), written };
}

/** Reads what must be exactly one frame. */
export function commandOf(frame: Uint8Array): Command {
  const framer = new Framer();
  framer.push(frame);
  if (!framer.next()) throw framer.fault ?? new Error('not a whole frame');
  const command = new Command();
  command.read(framer.bytes, framer.start, framer.end);
  if (framer.rest() !== null) throw new Error('more than a frame');
  return command;
}

/** All ext fields by name. */
export function fieldsOf({ fields }: Command): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: fields.count }, (_, index) => [fields.nameOf(index), fields.textOf(index)]),
  );
}
