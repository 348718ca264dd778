using System.Text.Json;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Tokens;

/// <summary>Of rotations of one token at the same moment exactly one wins, wherever they arrive.</summary>
public sealed class RotationRaceTests
{
    [Theory]
    [InlineData(Engine.Sqlite, 2)]
    [InlineData(Engine.Sqlite, 20)]
    [InlineData(Engine.PostgreSql, 2)]
    [InlineData(Engine.PostgreSql, 20)]
    public async Task Of_many_rotations_by_an_administrator_one_wins_and_its_token_works(Engine engine, int many)
    {
        await using var app = await PatrolApp.Start(engine);
        for (var round = 0; round < 5; round++)
        {
            var old = $"a-token-that-many-rotate-{round}";
            var token = await app.Give(old);
            var answers = await Race(many, _ => app.Client().Post($"personal_access_tokens/{token.Id}/rotate"));
            var winner = AssertOneWon(answers, 400);
            Assert.Equal(1, await app.Count($"SELECT count(*) FROM tokens WHERE previous_id = {token.Id}"));
            Assert.Equal(204, await Neighbours.Verify(app, winner));
            Assert.Equal(401, await Neighbours.Verify(app, old));
        }
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Of_many_rotations_by_the_token_itself_one_wins(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        for (var round = 0; round < 5; round++)
        {
            var old = $"a-token-that-rotates-itself-often-{round}";
            var token = await app.Give(old);
            var answers = await Race(20, _ => app.Client(old).Post("personal_access_tokens/self/rotate"));
            // Who comes after the winner's commit is told that the token was revoked, and ends the family as GitLab does.
            AssertOneWon(answers, 400, 401);
            Assert.Equal(1, await app.Count($"SELECT count(*) FROM tokens WHERE previous_id = {token.Id}"));
        }
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Of_many_rotations_of_a_projects_token_one_wins_and_the_bot_keeps_one_token(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var project = await app.AddProject();
        var (_, made) = await app.Client().Post($"projects/{project}/access_tokens", new { name = "bot", scopes = DirectoryKit.Api, access_level = 30, expires_at = "2026-12-24" });
        var answers = await Race(20, _ => app.Client().Post($"projects/{project}/access_tokens/{made.GetProperty("id")}/rotate"));
        Assert.Equal(204, await Neighbours.Verify(app, AssertOneWon(answers, 400, 401, 404)));
        Assert.Equal(1, await app.Count($"SELECT count(*) FROM tokens WHERE user_id = {made.GetProperty("user_id")} AND revoked_at IS NULL"));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    public async Task Of_rotations_at_two_servers_one_wins_and_its_token_works_at_both(int many)
    {
        await using var servers = await Neighbours.Start(await SharedPostgres.Get());
        for (var round = 0; round < 5; round++)
        {
            var old = $"a-token-that-two-servers-rotate-{round}";
            var token = await servers.One.Give(old);
            var answers = await Race(many, number => (number % 2 == 0 ? servers.One : servers.Other).Client().Post($"personal_access_tokens/{token.Id}/rotate"));
            var winner = AssertOneWon(answers, 400);
            Assert.Equal(1, await servers.One.Count($"SELECT count(*) FROM tokens WHERE previous_id = {token.Id}"));
            Assert.Equal(204, await Neighbours.Verify(servers.One, winner));
            Assert.Equal(204, await Neighbours.Verify(servers.Other, winner));
            await Eventually.True(async () => await Neighbours.Verify(servers.One, old) == 401 && await Neighbours.Verify(servers.Other, old) == 401, "both refuse the old one");
        }
    }

    private static async Task<List<(int Status, JsonElement Body)>> Race(int many, Func<int, Task<(int, JsonElement)>> run)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runners = Enumerable.Range(0, many).Select(async number =>
        {
            await start.Task;
            return await run(number);
        }).ToList();
        start.SetResult();
        return [.. await Task.WhenAll(runners)];
    }

    private static string AssertOneWon(List<(int Status, JsonElement Body)> answers, params int[] refusals)
    {
        var winner = Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers, answer => Assert.Contains(answer.Status, (int[])[200, .. refusals]));
        return winner.Body.GetProperty("token").GetString()!;
    }
}
