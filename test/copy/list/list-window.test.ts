import { describe, expect, it } from 'vitest';

import { maxEmptyPages } from '../../../src/copy/list/cursor.js';
import { listWindow } from '../../../src/copy/list/list-window.js';
import type { InfoPage, PageRequest } from '../../../src/sources/trace-source.js';
import { MemorySource, storedTrace } from '../../fakes/memory-source.js';

const listing = { experimentId: '1', pageSize: 2 };
const range = { fromMs: 0, limitMs: Date.UTC(2027, 0, 1) };

/** Whatever is asked, every page has a token. */
class EndlessSource extends MemorySource {
  constructor(private readonly token: (search: number) => string) {
    super();
    this.add(storedTrace(1), storedTrace(2), storedTrace(3));
  }

  override async searchPage(request: PageRequest): Promise<InfoPage> {
    const { experimentId, fromMs, toMs, maxResults } = request;
    const page = await super.searchPage({ experimentId, fromMs, toMs, maxResults });
    return { ...page, nextPageToken: this.token(this.searches) };
  }
}

describe('a listing', () => {
  it('a listing of a source whose tokens never end is given up with an error that names server and reason', async () => {
    const source = new EndlessSource((search) => String(search));
    await expect(listWindow(source, listing, range, {})).rejects.toThrow(
      /^The MLflow server at memory:\/\/memory answered a search for traces .* 101 pages in a row/,
    );
    expect(source.searches).toBeLessThan(maxEmptyPages + 10);
  });

  it('a listing is given up at once when the token that was used comes back', async () => {
    const source = new EndlessSource(() => 'again');
    await expect(listWindow(source, listing, range, {})).rejects.toMatchObject({
      code: 'SourceBadAnswer',
      parameters: { reason: 'the same page token came back' },
    });
    expect(source.searches).toBeLessThan(10);
  });
});
