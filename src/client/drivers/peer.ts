/**
 * Client libraries are optional peers: installed by those who use them, loaded when a URL asks for them.
 */
import { MissingPeerError } from '../errors.ts';

/** The library, or a `MissingPeerError` that says what to install. */
export async function loadPeer<Module>(name: string, scheme: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    if (!isMissing || !String(error).includes(name)) throw error;
    throw new MissingPeerError(`${scheme}:// needs ${name}: npm install ${name}`, { cause: error });
  }
}
