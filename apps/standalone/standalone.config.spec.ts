import { unknownVariables } from './standalone.config.js';

describe('the variables of npm start', () => {
  it('are told apart from names that only look like them', () => {
    const env = {
      TILLSTREAM_DATA_DIR: '/data',
      TILLSTREAM_PARENT_PID: '1',
      TILLSTREAM_DATADIR: '/data',
      TILLSTREAM_PORT: 'tcp://10.0.0.1:80',
      TILLSTREAM_PORT_80_TCP: 'tcp://10.0.0.1:80',
      TILLSTREAM_SERVICE_HOST: '10.0.0.1',
      PATH: '/bin',
    };
    expect(unknownVariables(env)).toEqual(['TILLSTREAM_DATADIR']);
  });
});
