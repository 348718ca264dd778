using Patrol.Cli.Sources;
using Patrol.Core.Lifetimes;
using Patrol.Core.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Sources;

/// <summary>A Patrol server, through GitLab's API or through its own.</summary>
internal sealed class ServerWorld : SourceWorld
{
    private readonly PatrolApp app;
    private readonly string kind;

    private ServerWorld(PatrolApp app, string kind) => (this.app, this.kind) = (app, kind);

    public override DateTimeOffset Now => app.Clock.GetUtcNow();

    public static new async Task<SourceWorld> New(string kind)
    {
        var world = new ServerWorld(await PatrolApp.Start(), kind);
        var jane = await world.app.AddUser(Jane);
        var blocked = await world.app.AddUser(Blocked);
        world.GroupId = await world.app.AddGroup("acme");
        world.ProjectId = await world.app.AddProject(world.GroupId, "app");
        var old = Tokens.Single(token => token.IsOld);
        world.Keep(old, await world.app.Give("text-of-old-0000000000001", "api", jane, name: old.Name, expiresAt: world.End(old, OldAge)), "text-of-old-0000000000001");
        world.app.Clock.Advance(TimeSpan.FromDays(OldAge));
        foreach (var token in Tokens.Where(token => !token.IsOld))
        {
            if (token.Sort is TokenSort.Project or TokenSort.Group)
            {
                var place = token.Sort == TokenSort.Group ? $"groups/{world.GroupId}" : $"projects/{world.ProjectId}";
                var (status, made) = await world.app.Client().Post($"{place}/access_tokens", new { name = token.Name, scopes = token.Scopes, expires_at = $"{world.Today.AddDays(token.EndsIn!.Value):yyyy-MM-dd}" });
                Assert.True(status == 201, $"{status} {made}");
                world.Ids[token.Name] = made.GetProperty("id").GetInt64();
                world.Texts[token.Name] = made.GetProperty("token").GetString()!;
                if (token.Sort == TokenSort.Group)
                    Assert.Equal(201, (await world.app.Client().Post($"users/{made.GetProperty("user_id")}/block")).Status);
                continue;
            }
            var text = $"text-of-{token.Name}-000000000001";
            world.Keep(
                token,
                await world.app.Give(
                    text, string.Join(' ', token.Scopes), token.Owner == Jane ? jane : blocked, token.Sort == TokenSort.Impersonation ? TokenKind.Impersonation : TokenKind.Personal,
                    world.End(token, 0), token.Revoked, token.Name),
                text);
        }
        Assert.Equal(201, (await world.app.Client().Post($"users/{blocked}/block")).Status);
        return world;
    }

    public override async Task<ISource> Open()
    {
        var option = SourceCatalog.Kinds.Single(one => one.Name == kind);
        return await option.Open(
            new SourceTarget(app.Address.ToString(), AddressIsPublic: true, null, null, Now, name => name == (kind == "server" ? "PATROL_TOKEN" : "GITLAB_TOKEN") ? PatrolApp.RootToken : null),
            TestContext.Current.CancellationToken);
    }

    public override ValueTask DisposeAsync() => app.DisposeAsync();

    private DateTimeOffset? End(Planted token, int later) => token.EndsIn is { } days ? UtcDay.Start(Today.AddDays(days + later)) : null;

    private void Keep(Planted token, Server.Tokens.Token given, string text)
    {
        Ids[token.Name] = given.Id;
        Texts[token.Name] = text;
    }
}
