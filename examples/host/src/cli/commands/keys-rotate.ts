import { rotateKeys, secretsFromKey } from '@millrace/sink-postgres'
import { z } from 'zod'
import { defineCommand } from '../command.ts'

/**
 * Both keys are in the file while credentials are sealed anew, so that whoever reads the file then reads all of them.
 * Interrupted, the same command goes on: more than one key in the file means that a rotation is not finished.
 */
export const keysRotate = defineCommand({
  name: 'keys rotate',
  summary: 'seal all credentials with a new key; the old one stays in the key file unless it is to be forgotten',
  options: [
    [
      '--forget-old',
      'remove older keys from the key file in the end; first restart workers that do not know the new one',
    ],
  ],
  input: z.object({ forgetOld: z.boolean().default(false) }),
  async run({ db, keyFile }, { forgetOld }) {
    if ((await keyFile.read()).length === 1) await keyFile.add()
    const keys = await keyFile.read()
    const rotated = await rotateKeys(db, secretsFromKey(...keys))
    if (forgetOld) await keyFile.forgetOlder()
    const [{ id }] = keys
    return { json: { key: id, rotated }, lines: [`Sealed ${rotated} credentials with key ${id} of ${keyFile.path}.`] }
  },
})
