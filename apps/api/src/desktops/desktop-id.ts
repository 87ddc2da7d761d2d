/** `@Param('id', DesktopIdPipe)`: what cannot be a desktop's id is not looked up at all. */
import { Injectable, type PipeTransform } from '@nestjs/common';
import { DESKTOP_ID, DeskhandError } from '#libs/common';

@Injectable()
export class DesktopIdPipe implements PipeTransform<string, string> {
  transform(id: string): string {
    if (!DESKTOP_ID.test(id)) throw new DeskhandError('DESKTOP_NOT_FOUND');
    return id;
  }
}
