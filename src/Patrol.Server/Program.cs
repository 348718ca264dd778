using Patrol.Server.Start;

try
{
    return await Launch.Run(args);
}
catch (StartException wrong)
{
    await Console.Error.WriteLineAsync($"patrol-server: {wrong.Message}");
    return 2;
}
