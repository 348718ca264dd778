using Patrol.Cli.Commands;
using Patrol.Cli.Terminal;

return await CommandLine.Run(args, Screen.OfProcess(), TimeProvider.System);
