/** One JSON line a request, with its trace id, and nothing in it that could be a secret: no headers, no query, no body. */
import type { IncomingMessage } from 'node:http';
import { LoggerModule } from 'nestjs-pino';
import { CONFIGURATION, type Configuration, logStream } from '#libs/common';
import { TRACE_HEADER } from './trace-id.js';

export const LoggingModule = LoggerModule.forRootAsync({
  inject: [CONFIGURATION],
  useFactory: ({ log }: Configuration) => ({
    pinoHttp: [
      {
        level: log.level,
        genReqId: (request: IncomingMessage) => String(request.headers[TRACE_HEADER]),
        customAttributeKeys: { reqId: 'traceId' },
        quietReqLogger: true,
        serializers: {
          req: ({ method, url = '' }: { method: string; url?: string }) => ({ method, path: url.split('?')[0] }),
          res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
        },
        // A second line behind the serializers, for what somebody may log by hand.
        redact: ['*.password', '*.authorization', '*.cookie', '*.token', '*.accessToken', '*.refreshToken', '*.secret'],
        autoLogging: { ignore: (request: IncomingMessage) => /^\/(healthz|readyz)/.test(request.url ?? '') },
      },
      logStream(),
    ] as const,
  }),
});
