/**
 * ApiVersions: the first question of every client, answered before it has authenticated.
 *
 * Its response header never has tags, and a version above ours is answered in version 0 with UNSUPPORTED_VERSION, so
 * that the client can ask again. The features came with version 3, as tags.
 */
import { Api } from '../api.ts';
import { array, bool, int16, int32, int64, string } from '../schema.ts';

export const apiVersionsApi = new Api({
  key: 18,
  name: 'ApiVersions',
  min: 0,
  max: 4,
  flexible: 3,
  request: {
    clientSoftwareName: string.since(3),
    clientSoftwareVersion: string.since(3),
  },
  response: {
    errorCode: int16,
    apiKeys: array({ apiKey: int16, minVersion: int16, maxVersion: int16 }),
    throttleTimeMs: int32.since(1),
    supportedFeatures: array({ name: string, minVersion: int16, maxVersion: int16 }).since(3).tagged(0),
    finalizedFeaturesEpoch: int64.since(3).or(-1).tagged(1),
    finalizedFeatures: array({ name: string, maxVersionLevel: int16, minVersionLevel: int16 }).since(3).tagged(2),
    zkMigrationReady: bool.since(3).tagged(3),
  },
});
