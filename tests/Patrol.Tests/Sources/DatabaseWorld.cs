using Patrol.Cli.Sources;
using Patrol.Cli.Sources.GitLabDatabase;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Sources;

/// <summary>GitLab's database of some generation; the tokens are rows of the kit's, rewritten.</summary>
internal sealed class DatabaseWorld : SourceWorld
{
    private readonly GitLabDatabase database;
    private readonly TemporaryFolder folder = new();

    private DatabaseWorld(GitLabDatabase database) => this.database = database;

    public override DateTimeOffset Now => new(database.Today, new TimeOnly(12, 0), TimeSpan.Zero);

    public static async Task<SourceWorld> New(Generation generation)
    {
        var world = new DatabaseWorld(await GitLabDatabase.New(generation)) { ProjectId = Rows.AppProject, GroupId = Rows.AcmeGroup };
        await File.WriteAllTextAsync(world.folder["gitlab-secrets.json"], Rows.GitLabSecrets);
        var rows = Tokens.Select((token, i) =>
        {
            var owner = token.Sort switch { TokenSort.Project => 20, TokenSort.Group => 21, _ => token.Owner == Jane ? 2 : 3 };
            var id = i + 1;
            world.Ids[token.Name] = id;
            world.Texts[token.Name] = Rows.TextOf(id);
            var day = token.EndsIn is { } days ? $"'{world.database.Day(days)}'" : "NULL";
            return $"""
                UPDATE personal_access_tokens SET user_id = {owner}, name = '{token.Name}', expires_at = {day}, revoked = {token.Revoked}, impersonation = {token.Sort == TokenSort.Impersonation},
                    scopes = E'---\n{string.Concat(token.Scopes.Select(scope => $"- {scope}\\n"))}', created_at = '{world.database.Day(token.IsOld ? -OldAge : -1)}', last_used_at = NULL
                WHERE id = {id};
                """;
        });
        await world.database.Execute($"DELETE FROM personal_access_tokens WHERE id > {Tokens.Length}; UPDATE users SET state = 'blocked' WHERE id = 21; {string.Concat(rows)}");
        return world;
    }

    public override Task<ISource> Open() => GitLabDatabaseSource.Open(
        new SourceTarget(CliProcess.Address(database.ConnectionString), AddressIsPublic: true, null, folder["gitlab-secrets.json"], Now, Environment.GetEnvironmentVariable),
        TestContext.Current.CancellationToken);

    public override ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
