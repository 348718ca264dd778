using System.Net.Sockets;
using System.Text;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Start;

/// <summary>What was answered before a stop is kept: when tokens were last used, and every line of the log.</summary>
public sealed class StoppingTests
{
    private const string RootToken = "root-token-of-the-stopping-tests";

    [Theory, ClassData(typeof(Engines))]
    public async Task The_last_use_of_tokens_survives_a_stop(Engine engine)
    {
        using var folder = new TemporaryFolder();
        var environment = await Environment(engine);
        var ids = new List<long>();
        await using (var server = await ServerProcess.Start(folder.Path, null, environment))
        {
            using var root = server.Client(RootToken);
            var texts = new List<string>();
            for (var number = 0; number < 20; number++)
            {
                var (_, made) = await root.Post("users/1/personal_access_tokens", new { name = $"used {number}", scopes = DirectoryKit.Api });
                ids.Add(made.GetProperty("id").GetInt64());
                texts.Add(made.GetProperty("token").GetString()!);
            }
            foreach (var text in texts)
            {
                using var client = server.Client(text);
                Assert.Equal(200, (await client.Get("version")).Status);
            }
            Assert.Equal(0, await server.Stop());
        }
        await using var again = await ServerProcess.Start(folder.Path, null, environment);
        using var reader = again.Client(RootToken);
        foreach (var id in ids)
        {
            var (_, token) = await reader.Get($"personal_access_tokens/{id}");
            Assert.NotEqual("", token.GetProperty("last_used_at").ToString());
            Assert.Equal("127.0.0.1", token.GetProperty("last_used_ips")[0].GetString());
        }
    }

    [Fact]
    public async Task A_client_that_never_ends_its_request_neither_holds_up_a_stop_nor_costs_what_others_did()
    {
        using var folder = new TemporaryFolder();
        var environment = await Environment(Engine.Sqlite);
        await using (var server = await ServerProcess.Start(folder.Path, null, environment))
        {
            using var slow = new TcpClient();
            await slow.ConnectAsync(server.Address.Host, server.Address.Port);
            await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /api/v4/users/1/personal_access_tokens HTTP/1.1\r\nHost: a\r\nPRIVATE-TOKEN: {RootToken}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{"));
            using var client = server.Client(RootToken);
            await Task.WhenAll(Enumerable.Range(0, 200).Select(number => client.Get($"version?page={number}")));
            Assert.Equal(0, await server.Stop());
        }
        var lines = LogFile.Parse(await File.ReadAllTextAsync(folder["patrol-data/log/api_json.log"])).Select(line => line.GetProperty("params")).Where(parameters => parameters.GetArrayLength() == 1);
        Assert.Equal(Enumerable.Range(0, 200), lines.Select(parameters => int.Parse(parameters[0].Text("value")!, System.Globalization.CultureInfo.InvariantCulture)).Order());
        await using var again = await ServerProcess.Start(folder.Path, null, environment);
        using var reader = again.Client(RootToken);
        Assert.NotEqual("", (await reader.Get("personal_access_tokens/1")).Body.GetProperty("last_used_at").ToString());
    }

    private static async Task<string[]> Environment(Engine engine) =>
        [$"PATROL_ROOT_TOKEN={RootToken}", .. engine == Engine.Sqlite ? (string[])[] : [$"PATROL_DATABASE={await (await SharedPostgres.Get()).NewDatabase()}"]];
}
