/** The control plane as a process of its own for `sessions.ts`: it tells what its work has cost, and what a bare RS256 signature costs here. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { createApi } from '#apps/api';
import { loadConfiguration } from '#libs/common';

/** What the bench asks for over the channel between them. */
export type Question = 'cpu' | { readonly signatures: number; readonly abreast: number };

const api = await createApi(loadConfiguration());
await api.listen(0, '127.0.0.1');
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const token = Buffer.alloc(600, 'x');
/** On the thread pool, as whoever wants the event loop free has to. */
const signOnPool: (algorithm: string, data: Buffer, key: KeyObject) => Promise<Buffer> = promisify(sign);

async function signAbreast({ signatures, abreast }: Exclude<Question, 'cpu'>): Promise<void> {
  let left = signatures;
  const work = async () => {
    while (left-- > 0) await signOnPool('RSA-SHA256', token, privateKey);
  };
  await Promise.all(Array.from({ length: abreast }, work));
}

/** Microseconds of CPU of this process, all its threads. */
function spent(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

process.on('message', async (question: Question) => {
  if (question !== 'cpu') await signAbreast(question);
  process.send?.(spent());
});
process.on('disconnect', () => process.exit(0));
process.send?.(await api.getUrl());
