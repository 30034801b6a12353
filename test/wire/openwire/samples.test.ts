/**
 * Frames that the Java client wrote: every structure in every version, in loose and tight encoding, once saying
 * something in each field and once nothing; and twice in a row with the cache. The other tests find out that reader
 * and writer agree with each other; this one, that they agree with Java.
 *
 * samples.json was made once: the drafts of drafts.ts were written down as text, built again as objects of the
 * classes of org.apache.activemq:activemq-client 5.18.6 (versions 2 to 8 by activemq-openwire-legacy) and marshalled
 * by its OpenWireFormat, without stack traces. Versions with the same bytes share an entry, as in "1-9"; the size in
 * front is left out. What a version does not know (BlobMessage in 1) is not there.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { defaultDecodingLimits, type WireFormat } from '../../../src/wire/openwire/protocol.ts';
import { StructureReader } from '../../../src/wire/openwire/reader.ts';
import type { StructureName } from '../../../src/wire/openwire/schema.ts';
import type { Structure } from '../../../src/wire/openwire/structures.ts';
import { StructureWriter } from '../../../src/wire/openwire/writer.ts';
import { emptyDraft, fullDraft, NAMES } from './drafts.ts';

type Samples = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
const samples = JSON.parse(readFileSync(new URL('samples.json', import.meta.url), 'utf8')) as Samples;

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function formatOf(encoding: string, version: number): WireFormat {
  const cacheEntries = encoding.endsWith('cached') ? 16_383 : 0;
  return { version, isTight: encoding.startsWith('tight'), cacheEntries, hasStackTraces: false };
}

for (const [title, versions] of Object.entries(samples)) {
  test(title, () => {
    const [name, fullness, ...encoding] = title.replace(',', '').split(' ') as [StructureName, string, string];
    const draft = fullness === 'full' ? fullDraft(name) : emptyDraft(name);
    for (const [range, hexes] of Object.entries(versions)) {
      const [from = 0, to = from] = range.split('-').map(Number);
      for (let version = from; version <= to; version++) {
        const format = formatOf(encoding.join(' '), version);
        const writer = new StructureWriter(format);
        const reader = new StructureReader(format, defaultDecodingLimits);
        const again = new StructureWriter(format);
        for (const hex of hexes) {
          assert.equal(hexOf(writer.encode(draft)), hex, `written in version ${version}`);
          const structure = reader.read(Buffer.from(hex, 'hex'), 0, hex.length / 2);
          assert.equal(structure?.type, name);
          assert.equal(hexOf(again.encode(structure as Structure)), hex, `read in version ${version}`);
        }
      }
    }
  });
}

test('there are samples of everything', () => {
  for (const name of NAMES) {
    for (const title of ['full, loose', 'full, tight', 'full, loose, cached', 'full, tight, cached']) {
      assert.ok(`${name} ${title}` in samples, `${name} ${title}`);
    }
  }
});

test('an exception with stack traces and a cause, whose frames are passed over', () => {
  const traces = {
    loose:
      '1f000000010000000007010100166a617661782e6a6d732e4a4d53457863657074696f6e0100056f757465720002010003612e43' +
      '010002676f010006432e6a6176610000000c010003612e44010002c3a9010006442e6a6176610000000d0101001a6a6176612e6c' +
      '616e672e52756e74696d65457863657074696f6e010005696e6e657200010100' +
      '03612e4201000372756e00fffffffe00',
    tight:
      '1f04fe7fff07000000010000000700166a617661782e6a6d732e4a4d53457863657074696f6e00056f757465720002' +
      '0003612e430002676f0006432e6a6176610000000c0003612e440002c3a90006442e6a6176610000000d001a6a6176612e6c616e' +
      '672e52756e74696d65457863657074696f6e0005696e6e657200010003612e42000372756efffffffe',
  };
  for (const [encoding, hex] of Object.entries(traces)) {
    const format = { ...formatOf(encoding, 12), hasStackTraces: true };
    const structure = new StructureReader(format, defaultDecodingLimits).read(
      Buffer.from(hex, 'hex'),
      0,
      hex.length / 2,
    );
    assert.ok(structure?.type === 'ExceptionResponse', encoding);
    assert.equal(structure.correlationId, 7);
    assert.deepEqual(structure.exception, {
      className: 'javax.jms.JMSException',
      message: 'outer',
      cause: { className: 'java.lang.RuntimeException', message: 'inner', cause: null },
    });
    const written = new StructureWriter(format).encode(structure);
    const back = new StructureReader(format, defaultDecodingLimits).read(written, 0, written.length);
    assert.deepEqual(back, structure);
  }
});
