/** Streams what happens while a desktop starts; the log is asked first, so a lost progress store only costs the warnings in between. */
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { Request, Response } from 'express';
import type { AuthenticatedUser } from '#libs/common';
import { DesktopViews, GetDesktop } from '#libs/desktops';
import { desktopTopic, type ProgressPhase } from '#libs/progress';
import { ProgressStreams } from '../http/progress-streams.js';

const ENDS: ReadonlySet<ProgressPhase> = new Set(['ready', 'failed', 'stopped']);

@Injectable()
export class DesktopProgress {
  constructor(
    private readonly queries: QueryBus,
    private readonly views: DesktopViews,
    private readonly streams: ProgressStreams,
  ) {}

  /** Of the present run. Returns when the stream has ended. */
  async stream(id: string, user: AuthenticatedUser, request: Request, response: Response): Promise<void> {
    const { state } = await this.queries.execute(new GetDesktop(id, user));
    await this.views.retell(id);
    await this.streams.stream(request, response, desktopTopic(id, state.run), ENDS);
  }
}
