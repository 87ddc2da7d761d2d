/** `/healthz`: this process runs. `/readyz`: it can work, or what keeps it from that. */
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { DeskhandError } from '#libs/common';
import { Public } from '../http/public.js';
import { type ReadinessCheck, whatIsDown } from './readiness.js';

export const READINESS_CHECKS = Symbol('deskhand.readiness-checks');

class HealthAnswer {
  @ApiProperty({ enum: ['ok'] })
  status!: 'ok';
}

@ApiTags('health')
@ApiSecurity({})
@Public()
@Controller()
export class HealthController {
  constructor(@Inject(READINESS_CHECKS) private readonly checks: readonly ReadinessCheck[]) {}

  @Get('healthz')
  @ApiOkResponse({ type: HealthAnswer })
  health(): HealthAnswer {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOkResponse({ type: HealthAnswer, description: 'Otherwise 503 `NOT_READY`, whose `fields` name what is down.' })
  async ready(): Promise<HealthAnswer> {
    const down = await whatIsDown(this.checks);
    const names = Object.keys(down);
    if (names.length > 0) throw new DeskhandError('NOT_READY', `Down: ${names.join(', ')}.`, { fields: down });
    return { status: 'ok' };
  }
}
