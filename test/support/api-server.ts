/** The control plane alone, in this process, on a port and in a data folder of its own: for tests of what it answers. */
import { existsSync, mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApi } from '#apps/api';
import { configurationSchema } from '#libs/common';
import { HttpClient } from './http-client.js';

const accountsFile = fileURLToPath(new URL('../../apps/standalone/demo/accounts.yaml', import.meta.url));

export class ApiServer {
  private constructor(
    readonly app: NestExpressApplication,
    readonly url: string,
    private readonly data: string,
  ) {}

  /** @param options `host`: not loopback but another address of this machine; `data` starts it again on the folder of an earlier one; `more` is laid over its configuration */
  static async start(options: { identity?: object; store?: object; data?: string; more?: object; host?: string } = {}): Promise<ApiServer> {
    const data = options.data ?? mkdtempSync(join(tmpdir(), 'deskhand-api-'));
    const configuration = configurationSchema.parse({
      data,
      store: options.store ?? { kind: 'memory' },
      identity: {
        providers: [
          { kind: 'local', id: 'planet-express', displayName: 'Planet Express', accountsFile, demo: true },
          { kind: 'local', id: 'office', displayName: 'Office', accountsFile },
          { kind: 'anonymous', id: 'anonymous', displayName: 'Anonymous', labels: ['guest'] },
        ],
        ...options.identity,
      },
      log: { level: process.env.DESKHAND_TEST_LOG ?? 'fatal' },
      ...options.more,
    });
    const app = await createApi(configuration);
    await app.listen(0, options.host ?? '127.0.0.1');
    return new ApiServer(app, await app.getUrl(), data);
  }

  client(): HttpClient {
    return new HttpClient(this.url);
  }

  /** Ends it and leaves its data folder, whose path it returns. */
  async stop(): Promise<string> {
    await this.app.close();
    return this.data;
  }

  async remove(): Promise<void> {
    const data = await this.stop();
    // Where desktops ran lies elsewhere; it is there only if any did.
    const runs = join(data, 'runs');
    if (existsSync(runs)) rmSync(readlinkSync(runs), { recursive: true, force: true });
    rmSync(data, { recursive: true, force: true });
  }
}
