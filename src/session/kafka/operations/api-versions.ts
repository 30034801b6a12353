/**
 * ApiVersions: which operations there are, in which versions. Always allowed, and asked first.
 *
 * A client that asks in a version above ours is answered in version 0, with the error and what we have, so that it can
 * ask again. From version 3 on it must give its name and version in a form that does for a metric's label.
 */
import type { Api, ResponseOf } from '../../../wire/kafka/api.ts';
import { apiVersionsApi } from '../../../wire/kafka/apis/api-versions.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import { operation } from '../operation.ts';

type Response = ResponseOf<typeof apiVersionsApi>;

/** Features by name and the level that is on; those of Kafka 4 that clients decide by. */
const FEATURES: readonly (readonly [name: string, max: number])[] = [['metadata.version', 27]];
const METADATA_VERSION_MIN = 7;

let advertised: Response['apiKeys'] = [];

/** Called once, with every operation's API. */
export function advertise(apis: readonly Api[]): void {
  advertised = apis
    .map(({ key, advertisedMin, max }) => ({ apiKey: key, minVersion: advertisedMin, maxVersion: max }))
    .sort((a, b) => a.apiKey - b.apiKey);
}

export function unsupportedVersion(): Response {
  return { errorCode: ERROR.UNSUPPORTED_VERSION, apiKeys: advertised };
}

export const apiVersions = operation(
  apiVersionsApi,
  ({ version }, request): Response => {
    if (version >= 3 && !(isLabel(request.clientSoftwareName) && isLabel(request.clientSoftwareVersion))) {
      return { errorCode: ERROR.INVALID_REQUEST, apiKeys: [] };
    }
    return {
      errorCode: ERROR.NONE,
      apiKeys: advertised,
      supportedFeatures: FEATURES.map(([name, maxVersion]) => ({ name, minVersion: METADATA_VERSION_MIN, maxVersion })),
      finalizedFeaturesEpoch: 1,
      finalizedFeatures: FEATURES.map(([name, level]) => ({ name, maxVersionLevel: level, minVersionLevel: level })),
    };
  },
  { open: true },
);

/** Letters, digits, '-' and '.', with a letter or digit at both ends. */
function isLabel(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isInner = code === 45 || code === 46;
    if (!isAlphanumeric(code) && !(isInner && at > 0 && at < text.length - 1)) return false;
  }
  return text.length > 0;
}

function isAlphanumeric(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}
