using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Patrol.AspNetCore;
using Patrol.Core.Tokens;
using Patrol.Server.Storage;
using Patrol.Tests.Kit;

namespace Patrol.Tests.AspNetCore;

/// <summary>A service that verifies tokens in its own process, against the database of a real server that goes on writing to it.</summary>
public sealed class InProcessTests
{
    private const int Rounds = 1_000;

    [Theory, ClassData(typeof(Engines))]
    public async Task A_token_is_judged_as_the_authority_judges_it_and_changes_are_heard(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        await using var api = await Start(app);
        var user = await app.AddUser();
        var token = await app.Give("in-process-token-number-1", "read_api", user, expiresAt: app.Clock.GetUtcNow().AddDays(2));
        await app.Give("in-process-token-number-2", "read_user", user);
        await app.Give("in-process-token-number-3", "api", user, TokenKind.Impersonation);
        await app.Give("in-process-token-expired", "api", user, expiresAt: app.Clock.GetUtcNow());
        Assert.Equal((200, 200, 403), (await api.Status("in-process-token-number-1"), await api.Status("/read", ("X-Api-Key", "in-process-token-number-1")), await api.Status("/read", ("X-Api-Key", "in-process-token-number-2"))));
        Assert.Equal((200, 401, 401), (await api.Status("in-process-token-number-3"), await api.Status("in-process-token-expired"), await api.Status("in-process-token-nobody-has")));
        Assert.Equal(200, await api.Status(PatrolApp.RootToken));

        await app.Revoke(token);
        await Becomes(api, 401, "in-process-token-number-1");
        Assert.Equal(200, await api.Status("in-process-token-number-2"));
        Assert.Equal(201, (await app.Client().Post($"users/{user}/block")).Status);
        await Becomes(api, 401, "in-process-token-number-2");
        Assert.Equal(201, (await app.Client().Post($"users/{user}/unblock")).Status);
        await Becomes(api, 200, "in-process-token-number-2");
        await app.Change(settings => settings with { ImpersonationEnabled = false });
        await Becomes(api, 401, "in-process-token-number-3");
        await app.Change(settings => settings with { DisablePersonalAccessTokens = true });
        await Becomes(api, 401, "in-process-token-number-2");
        Assert.Equal(200, await api.Status(PatrolApp.RootToken));
        // One that was refused before it was made.
        Assert.Equal(401, await api.Status("in-process-token-made-later"));
        await app.Give("in-process-token-made-later");
        await Becomes(api, 200, "in-process-token-made-later");
        Assert.DoesNotContain("in-process-token-", api.Log, StringComparison.Ordinal);
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task A_token_in_memory_costs_no_allocation_and_ends_with_its_expiry(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        await using var api = await Start(app);
        await app.Give("in-process-token-that-ends", expiresAt: app.Clock.GetUtcNow().AddSeconds(3));
        var verifier = api.Services.GetRequiredService<PatrolVerifier>();
        // A write of the server's in between may have the token read again, once.
        await Eventually.True(() => Allocated(verifier) == 0, "hits do not allocate");
        api.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(401, await api.Status("in-process-token-that-ends"));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Atlassians_tokens_carry_their_owners_rights_until_they_are_switched_off(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        await using var api = await Start(app);
        var (_, text) = await app.Basic().NewPat();
        Assert.Equal(200, await api.Status("/attribute", ("X-Api-Key", text)));
        await app.Change(settings => settings with { AtlassianChanges = new Dictionary<string, string>(StringComparer.Ordinal) { ["atlassian.pats.enabled"] = "false" } });
        await Becomes(api, 401, text);
    }

    [Fact]
    public async Task While_the_line_to_the_database_is_cut_nothing_opens()
    {
        await using var app = await PatrolApp.Start(Engine.PostgreSql);
        var connection = new Npgsql.NpgsqlConnectionStringBuilder(((PostgresDatabase)app.Store()).ConnectionString);
        await using var proxy = new TcpProxy(connection.Port);
        (connection.Port, connection.Host) = (proxy.Port, "127.0.0.1");
        await using var api = await Start(app, options => (options.Database, options.Timeout) = (connection.ConnectionString, TimeSpan.FromSeconds(1)));
        await app.Give("in-process-token-on-a-cut-line");
        Assert.Equal(200, await api.Status("in-process-token-on-a-cut-line"));
        proxy.Swallows = true;
        await Becomes(api, 503, "in-process-token-on-a-cut-line");
        proxy.Swallows = false;
        await Becomes(api, 200, "in-process-token-on-a-cut-line");
    }

    [Fact]
    public async Task A_secret_that_is_not_the_databases_or_a_database_that_is_none_ends_the_start()
    {
        await using var app = await PatrolApp.Start();
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["secret"], Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["empty"], "", TestContext.Current.CancellationToken);
        Assert.Contains("SecretFile does not hold the secret that keys this database's tokens", (await Assert.ThrowsAsync<InvalidOperationException>(() => Start(app, options => options.SecretFile = folder["secret"]))).Message, StringComparison.Ordinal);
        foreach (var (configure, said) in ((Action<PatrolOptions>, string)[])
        [
            (options => options.SecretFile = folder["empty"], "does not hold 32 bytes"), (options => options.SecretFile = folder["missing"], "SecretFile cannot be used"), (options => options.SecretFile = null, "set SecretFile"),
            (options => options.Database = folder["missing.db"], "Database must be"), (options => options.Database = "postgres://user:word@host/patrol", "Database must be"), (options => options.Authority = app.Address, "either Authority or Database"),
        ])
        {
            var fault = (await Assert.ThrowsAsync<OptionsValidationException>(() => Start(app, configure))).Message;
            Assert.Contains(said, fault, StringComparison.Ordinal);
            Assert.DoesNotContain("word@", fault, StringComparison.Ordinal);
        }
    }

    private static Task<GuardedApi> Start(PatrolApp app, Action<PatrolOptions>? configure = null) => GuardedApi.Start(app.Clock.GetUtcNow(), options =>
    {
        options.Database = app.Store() is PostgresDatabase postgres ? postgres.ConnectionString : Path.Combine(app.DataFolder, "patrol.db");
        options.SecretFile = Path.Combine(app.DataFolder, "secret");
        configure?.Invoke(options);
    });

    private static Task Becomes(GuardedApi api, int status, string token) => Eventually.True(async () => await api.Status(token) == status, $"the token is answered with {status}");

    private static long Allocated(PatrolVerifier verifier)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Rounds; i++)
        {
            var verification = verifier.Verify("in-process-token-that-ends");
            if (!verification.IsCompletedSuccessfully || verification.Result.Verdict != PatrolVerdict.Good)
                return -1;
        }
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
