/** Keeps the api's own description in the repository, made from the controllers, so that a change of the contract shows in a review. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configurationSchema, type GeneratedDocument } from '#libs/common';
import { createApi } from './create-api.js';
import { openApiDocument } from './openapi.js';

export const document: GeneratedDocument = {
  file: 'apps/api/openapi.json',
  render: async () => {
    const data = mkdtempSync(join(tmpdir(), 'deskhand-openapi-'));
    const settings = configurationSchema.parse({ store: { kind: 'memory' }, log: { level: 'fatal' } });
    const api = await createApi({ ...settings, data });
    try {
      return `${JSON.stringify(openApiDocument(api), undefined, 2)}\n`;
    } finally {
      await api.close();
      rmSync(data, { recursive: true });
    }
  },
};
