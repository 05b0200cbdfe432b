import { z } from 'zod';

export const workspacePath = z.object({ workspace: z.string().meta({ description: 'Id or slug.' }) });
