import { path } from '../setting.ts';

export const platform = {
  dir: path({
    default: null,
    meaning:
      'Folder of the PHP platform. Its define() constants and .db_config are read as settings; found by itself when the working directory lies in it. null: nothing of it is read.',
  }),
};
