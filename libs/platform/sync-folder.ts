import { open } from 'node:fs/promises';

/** A new file's name is on the disk only with its folder. @throws what the file system throws */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
