/** `/healthz`: this process runs. `/readyz`: it can work, or what keeps it from that. */
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiPropertyOptional, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { DeskhandError } from '#libs/common';
import { Public } from '../http/public.js';
import { type Impairments, inTime, type ReadinessCheck, whatIsDown } from './readiness.js';

export const READINESS_CHECKS = Symbol('deskhand.readiness-checks');
export const IMPAIRMENTS = Symbol('deskhand.impairments');

class HealthAnswer {
  @ApiProperty({ enum: ['ok'] })
  status!: 'ok';
}

class ReadyAnswer extends HealthAnswer {
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    description:
      'What does not work though requests are taken, such as one of several ways of logging in, or a view that cannot get past an event; each with why.',
  })
  impaired?: Readonly<Record<string, string>>;
}

@ApiTags('health')
@ApiSecurity({})
@Public()
@Controller()
export class HealthController {
  constructor(
    @Inject(READINESS_CHECKS) private readonly checks: readonly ReadinessCheck[],
    @Inject(IMPAIRMENTS) private readonly impairments: Impairments,
  ) {}

  @Get('healthz')
  @ApiOkResponse({ type: HealthAnswer })
  health(): HealthAnswer {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOkResponse({ type: ReadyAnswer, description: 'Otherwise 503 `NOT_READY`, whose `fields` name what is down.' })
  async ready(): Promise<ReadyAnswer> {
    const down = await whatIsDown(this.checks);
    const names = Object.keys(down);
    if (names.length > 0) throw new DeskhandError('NOT_READY', `Down: ${names.join(', ')}.`, { fields: down });
    const impaired = await inTime(this.impairments(), { subscriptions: 'cannot be asked' });
    return { status: 'ok', ...(Object.keys(impaired).length > 0 ? { impaired } : {}) };
  }
}
