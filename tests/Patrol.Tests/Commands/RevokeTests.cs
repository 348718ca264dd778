using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Commands;

public sealed class RevokeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public RevokeTests() => File.WriteAllText(folder["secrets.json"], Rows.GitLabSecrets);

    public void Dispose() => folder.Dispose();

    [Theory, ClassData(typeof(Generations))]
    public async Task Named_tokens_are_revoked_as_GitLab_does_it_and_no_other_column_moves(Generation generation)
    {
        var database = await GitLabDatabase.New(generation);
        const string others = "(to_jsonb(t) - '{revoked,updated_at}'::text[])::text || CASE WHEN id IN (1, 13) THEN '' ELSE t::text END";
        var before = await database.Column($"SELECT {others} FROM personal_access_tokens t ORDER BY id");
        var run = await Run(database, "", "revoke", "1", "13", "--yes");
        Assert.Contains("Revoked 2 tokens. To put back what was: patrol undo ", run.Errors, StringComparison.Ordinal);
        Assert.Equal(["true", "true"], await database.Column("SELECT revoked FROM personal_access_tokens WHERE id IN (1, 13) AND updated_at > current_date"));
        Assert.Equal(before, await database.Column($"SELECT {others} FROM personal_access_tokens t ORDER BY id"));
    }

    [Fact]
    public async Task What_is_not_there_is_named_and_what_is_revoked_already_stays()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var run = await Run(database, "", "revoke", "1", "14", "4711", "--yes");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Revoked 1 token.", run.Errors, StringComparison.Ordinal);
        Assert.EndsWith("There is no token with ID 4711.\n", run.Errors, StringComparison.Ordinal);
        Assert.Equal("Revoked already: nothing to do.", (await Run(database, "", "revoke", "1", "--yes")).Line(0));
    }

    [Fact]
    public async Task A_text_on_standard_input_names_its_token()
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        var run = await Run(database, Rows.TextOf(Rows.EndsTomorrow) + "\n", "revoke", "--token-stdin", "--yes", "--gitlab-secrets", "secrets.json");
        Assert.Contains("Revoked 1 token.", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Rows.TextOf(Rows.EndsTomorrow), run.Errors, StringComparison.Ordinal);
        Assert.Equal(["true"], await database.Column($"SELECT revoked FROM personal_access_tokens WHERE id = {Rows.EndsTomorrow}"));
        Assert.StartsWith("No token in GitLab's database ", (await Run(database, "glpat-nobody-has-this-one\n", "revoke", "--token-stdin", "--yes", "--gitlab-secrets", "secrets.json")).Line(1), StringComparison.Ordinal);
        Assert.Contains("--gitlab-secrets FILE", (await Run(database, "glpat-x\n", "revoke", "--token-stdin", "--yes")).Line(2), StringComparison.Ordinal);
        Assert.Equal("--token-stdin: a token's text on one line is expected on standard input.", (await Run(database, "", "revoke", "--token-stdin", "--yes", "--gitlab-secrets", "secrets.json")).Line(2));
    }

    [Theory]
    [InlineData("revoke")]
    [InlineData("show")]
    [InlineData("create --user jane --name x --scope api")]
    public async Task Of_several_texts_none_is_taken_for_all(string command)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var before = await database.DumpAll();
        string[] line = [.. command.Split(' '), "--token-stdin", .. command == "show" ? Array.Empty<string>() : ["--yes"], "--gitlab-secrets", "secrets.json"];
        Assert.Equal(
            "--token-stdin: a token's text on one line is expected on standard input. There is more than one line: give the texts one at a time.",
            (await Run(database, $"{Rows.TextOf(5)}\n\n{Rows.TextOf(6)}\n", line)).Line(2));
        Assert.Equal(before, await database.DumpAll());
    }

    [Fact]
    public async Task Empty_lines_after_a_text_are_no_texts()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        Assert.Contains("Revoked 1 token.", (await Run(database, Rows.TextOf(5) + "\r\n\n \n", "revoke", "--token-stdin", "--yes", "--gitlab-secrets", "secrets.json")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filters_pick_what_find_shows()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        string[] filters = ["--expires-on", database.Day(Rows.MostEndIn), "--kind", "personal"];
        var found = (await CliProcess.On(database, ["find", .. filters, "--state", "active", "--format", "csv"])).Good.TrimEnd('\n').Split('\n').Skip(1).Select(line => line.Split(',')[0]);
        _ = (await Run(database, "", ["revoke", .. filters, "--yes"])).Good;
        Assert.Equal(found, await database.Column("SELECT id FROM personal_access_tokens WHERE revoked AND updated_at > current_date ORDER BY id"));
        Assert.Equal("No such token that is not revoked already: nothing to do.", (await Run(database, "", ["revoke", .. filters, "--yes"])).Line(0));
    }

    private Task<CliRun> Run(GitLabDatabase database, string input, params string[] arguments) =>
        CliProcess.Run(folder.Path, [.. arguments, "--gitlab-db", CliProcess.Address(database.ConnectionString)], input);
}
