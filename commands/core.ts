/** What every command needs: the build puts it into one chunk (bin/build/one-core.mjs). */
import './main.ts';
import '../src/config/load.ts';
