using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Patrol.Core.Tokens;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Commands;

/// <summary>Tokens made and rotated on GitLab's database, with the key that salts their digests.</summary>
public sealed class CreateTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public CreateTests() => File.WriteAllText(folder["secrets.json"], Rows.GitLabSecrets);

    public void Dispose() => folder.Dispose();

    [Theory, ClassData(typeof(Generations))]
    public async Task A_token_is_made_as_this_GitLab_would_make_it(Generation generation)
    {
        var database = await GitLabDatabase.New(generation);
        var run = await Patrol(database, "", "create", "--user", "JANE", "--name", "ci \"quoted\"", "--scope", "api,read_user", "--scope", "read_repository", "--yes");
        var text = run.Good.TrimEnd('\n');
        Assert.Matches(generation switch
        {
            Generation.V16_0 => "^glpat-[0-9A-Za-z_-]{20}$",
            Generation.V17_11 => @"^glpat-[0-9A-Za-z_-]{27,300}\.[0-9a-z]{9}$",
            _ => @"^glpat-[0-9A-Za-z_-]{27,300}\.01\.[0-9a-z]{9}$",
        }, text);
        Assert.Equal(generation != Generation.V16_0, RoutableToken.HasValidChecksum(text));
        var row = await Row(database, "name = 'ci \"quoted\"'");
        Assert.Equal(2, row.GetProperty("user_id").GetInt64());
        Assert.Equal("---\n- api\n- read_user\n- read_repository\n", row.GetProperty("scopes").GetString());
        Assert.Equal(database.Day(365), row.GetProperty("expires_at").GetString());
        Assert.Equal(Digest(text), row.GetProperty("token_digest").GetString());
        Assert.False(row.GetProperty("revoked").GetBoolean());
        Assert.False(row.GetProperty("impersonation").GetBoolean());
        Assert.Equal(row.GetProperty("created_at").GetString(), row.GetProperty("updated_at").GetString());
        Assert.Equal(JsonValueKind.Null, row.GetProperty("last_used_at").ValueKind);
        if (generation >= Generation.V17_11)
            Assert.Equal(1, row.GetProperty("organization_id").GetInt64());
        if (generation >= Generation.V18_6)
            Assert.Equal((0, false), (row.GetProperty("user_type").GetInt32(), row.GetProperty("granular").GetBoolean()));
        Assert.Contains($"of jane: api, read_user, read_repository; expires on {database.Day(365)}. Its text is shown this once.\n", run.Errors, StringComparison.Ordinal);
        // What it made, it finds.
        Assert.Contains("Name: ci \"quoted\"", (await Patrol(database, text, "show", "--token-stdin")).Good, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bots_token_knows_its_root_group_and_anothers_organization_is_kept()
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        _ = (await Patrol(database, "", "create", "--user", "group_26_bot_e5", "--name", "of the subgroup", "--scope", "read_api", "--yes")).Good;
        _ = (await Patrol(database, "", "create", "--user", "project_7_bot_a1", "--name", "of the project", "--scope", "read_api", "--yes")).Good;
        _ = (await Patrol(database, "", "create", "--user", "12", "--name", "elsewhere", "--scope", "read_api", "--yes")).Good;
        _ = (await Patrol(database, "", "create", "--user", "service_account_deploy", "--name", "service", "--scope", "api", "--yes")).Good;
        Assert.Equal(
            ["6/25/1", "6//1", "0//2", "13//1"],
            await database.Column("SELECT concat(user_type, '/', group_id, '/', organization_id) FROM personal_access_tokens WHERE id > 10000 ORDER BY id"));
    }

    [Theory]
    [InlineData("project_7_bot_a1", 365, "")]
    [InlineData("project_7_bot_f6", 30, "")]
    [InlineData("project_7_bot_f6", 31, " It will stop working on {30} already, when project_7_bot_f6's membership ends.")]
    [InlineData("group_26_bot_d4", 30, " It will not work while group_26_bot_d4 is a member of no project and no group.")]
    [InlineData("project_7_bot_c3", 30, " It will not work: project_7_bot_c3's membership ended on {0}.")]
    public async Task A_bot_whose_membership_does_not_last_is_told_of(string bot, int days, string warning)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await database.Execute("UPDATE members SET expires_at = CASE source_type WHEN 'Project' THEN current_date ELSE DATE '2020-01-01' END WHERE user_id = 22");
        var told = warning.Replace("{30}", database.Day(30), StringComparison.Ordinal).Replace("{0}", database.Day(0), StringComparison.Ordinal);
        string[] command = ["create", "--user", bot, "--name", "x", "--scope", "api", "--expires", database.Day(days)];
        Assert.EndsWith($"; expires on {database.Day(days)}.{told} Nothing was changed.", (await Patrol(database, "", [.. command, "--dry-run"])).Line(0), StringComparison.Ordinal);
        Assert.Contains($"; expires on {database.Day(days)}.{told} Its text is shown this once.\n", (await Patrol(database, "", [.. command, "--yes"])).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_instances_settings_rule_prefix_and_lifetime()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await database.Execute("UPDATE application_settings SET personal_access_token_prefix = 'acme-', max_personal_access_token_lifetime = 90");
        Assert.StartsWith("acme-", (await Patrol(database, "", "create", "--user", "jane", "--name", "x", "--scope", "api", "--yes")).Good, StringComparison.Ordinal);
        Assert.Equal([database.Day(90)], await database.Column("SELECT expires_at FROM personal_access_tokens WHERE id > 10000"));
        var late = await Patrol(database, "", "create", "--user", "jane", "--name", "x", "--scope", "api", "--expires", database.Day(91), "--yes");
        Assert.Equal($"--expires: must be before {database.Day(90)} (this instance's limit).", late.Line(2));
        _ = (await Patrol(database, "", "create", "--user", "jane", "--name", "x", "--scope", "api", "--expires", database.Day(91), "--yes", "--force")).Good;
        await database.Execute("""UPDATE application_settings SET token_prefixes = '{"instance_token_prefix": "corp"}', require_personal_access_token_expiry = FALSE""");
        Assert.StartsWith("corp-glpat-", (await Patrol(database, "", "create", "--user", "jane", "--name", "x", "--scope", "api", "--expires", database.Day(900), "--yes")).Good, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("create --user nobody --name x --scope api", "--user: there is no user 'nobody'.")]
    [InlineData("create --user jane --name x --scope apis", "--scope: there is no scope 'apis'. There are: api, read_api")]
    [InlineData("create --user jane --name x --scope sudo", "--scope: jane may not hold 'sudo': only administrators may.")]
    [InlineData("create --user group_25_bot_b2 --name x --scope read_user", "--scope: group_25_bot_b2 may not hold 'read_user': bots of projects and groups may not.")]
    [InlineData("create --user jane --name x --scope api --expires 2020-01-01", "--expires: 2020-01-01 is not in the future. Add --force if that is meant.")]
    [InlineData("create --user jane --name x --scope api --expires 2027-02-29", "--expires: '2027-02-29' is not a day such as 2026-12-31.")]
    [InlineData("create --user jane --name x", "--scope: a token needs one at least, such as read_api.")]
    [InlineData("create --user jane --name x --scope api --format csv", "--format csv has no place for a token's text: use json.")]
    [InlineData("create --user jane --name x --scope api --token-stdin", "--token-stdin: the text is shorter than 20 characters, which could be guessed.")]
    [InlineData("rotate --self", "A database knows no token that you sign in with: give the ID of the token to rotate")]
    [InlineData("rotate", "Say which token: an ID, or --self.")]
    [InlineData("rotate 1 2", "Name one token at a time.")]
    public async Task What_cannot_be_is_said_before_anything_is_made(string command, string line)
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        var before = await database.DumpAll();
        Assert.StartsWith(line, (await Patrol(database, "short\n", [.. command.Split(' '), "--yes"])).Line(2), StringComparison.Ordinal);
        Assert.Equal(before, await database.DumpAll());
    }

    [Theory]
    [InlineData("{", "is not readable as JSON.")]
    [InlineData("""{"gitlab_rails": {}}""", "holds no gitlab_rails.db_key_base.")]
    [InlineData("[]", "holds no gitlab_rails.db_key_base.")]
    public async Task Secrets_that_are_none_are_refused_without_a_word_of_them(string content, string line)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await File.WriteAllTextAsync(folder["secrets.json"], content);
        Assert.EndsWith(line, (await Patrol(database, "", "create", "--user", "jane", "--name", "x", "--scope", "api", "--yes")).Line(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_is_given_is_taken_once_and_never_shown()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        const string text = "given-0123456789abcdef";
        string[] command = ["create", "--user", "jane", "--name", "given", "--scope", "api", "--token-stdin", "--yes"];
        var run = await Patrol(database, text + "\n", command);
        Assert.Empty(run.Good);
        Assert.DoesNotContain(text, run.Errors, StringComparison.Ordinal);
        Assert.Equal([Digest(text)], await database.Column("SELECT token_digest FROM personal_access_tokens WHERE name = 'given'"));
        Assert.Equal("A token with this text is there already.", (await Patrol(database, text + "\n", command)).Line(1));
    }

    [Fact]
    public async Task A_sequence_that_lags_behind_is_told_with_the_line_that_sets_it()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await database.Execute("SELECT setval(pg_get_serial_sequence('personal_access_tokens', 'id'), 1)");
        string[] command = ["create", "--user", "jane", "--name", "x", "--scope", "api", "--yes"];
        var line = (await Patrol(database, "", command)).Line(1);
        Assert.StartsWith("The id that the database gave is in use: its sequence lags behind the table", line, StringComparison.Ordinal);
        await database.Execute(line[line.IndexOf("SELECT setval", StringComparison.Ordinal)..]);
        _ = (await Patrol(database, "", command)).Good;
    }

    [Fact]
    public async Task Of_several_keys_the_last_writes_and_all_find()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await File.WriteAllTextAsync(folder["secrets.json"], "{\"gitlab_rails\": {\"db_key_base\": [\"" + Rows.DbKeyBase + "\", \"ffffffffffffffffffffffffffffffff\"]}}");
        var text = (await Patrol(database, "", "create", "--user", "jane", "--name", "new", "--scope", "api", "--yes")).Good.TrimEnd('\n');
        Assert.Equal([Digest(text, new string('f', 32))], await database.Column("SELECT token_digest FROM personal_access_tokens WHERE name = 'new'"));
        Assert.Contains("token ID: 1,", (await Patrol(database, Rows.TextOf(1), "show", "--token-stdin")).Good, StringComparison.Ordinal);
    }

    [Theory, ClassData(typeof(Generations))]
    public async Task Rotation_revokes_the_old_one_and_the_successor_inherits(Generation generation)
    {
        var database = await GitLabDatabase.New(generation);
        var run = await Patrol(database, "", "rotate", $"{Rows.BotWhoseMembershipEndsWithIt}", "--yes", "--format", "json");
        using var json = JsonDocument.Parse(run.Good);
        Assert.Equal(["true"], await database.Column($"SELECT revoked FROM personal_access_tokens WHERE id = {Rows.BotWhoseMembershipEndsWithIt} AND updated_at > current_date"));
        var row = await Row(database, $"previous_personal_access_token_id = {Rows.BotWhoseMembershipEndsWithIt}");
        Assert.Equal(row.GetProperty("id").GetInt64(), json.RootElement.GetProperty("id").GetInt64());
        Assert.Equal(Digest(json.RootElement.GetProperty("token").GetString()!), row.GetProperty("token_digest").GetString());
        Assert.Equal("membership ends with the token", row.GetProperty("name").GetString());
        Assert.Equal("---\n- api\n- read_user\n", row.GetProperty("scopes").GetString());
        Assert.Equal(27, row.GetProperty("user_id").GetInt64());
        // GitLab's default for a rotated token is a week.
        Assert.Equal(database.Day(7), row.GetProperty("expires_at").GetString());
        Assert.False(row.GetProperty("expire_notification_delivered").GetBoolean());
        Assert.Equal([null], await database.Column("SELECT expires_at FROM members WHERE user_id = 27"));
    }

    [Fact]
    public async Task A_rotation_tells_of_the_memberships_that_it_lifts()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        string[] command = ["rotate", $"{Rows.BotWhoseMembershipEndsWithIt}", "--undo-file", folder["rotate.undo"]];
        const string token = "token 38 'membership ends with the token' of project_7_bot_f6";
        Assert.Equal($"Would rotate {token} and lift 1 membership of its bot that would have ended. Nothing was changed.", (await Patrol(database, "", [.. command, "--dry-run"])).Line(0));
        Assert.Contains(". Lifted 1 membership of its bot that would have ended. Its text is shown this once.\n", (await Patrol(database, "", [.. command, "--yes"])).Errors, StringComparison.Ordinal);
        Assert.Contains("1 membership", (await Patrol(database, "", "undo", folder["rotate.undo"], "--yes")).Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("ift", (await Patrol(database, "", "rotate", $"{Rows.BotOfGroup}", "--yes")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_without_a_name_gets_tokens_by_its_id()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await database.Execute("UPDATE users SET username = NULL WHERE id = 2");
        Assert.Contains("Created token ", (await Patrol(database, "", "create", "--user", "2", "--name", "x", "--scope", "api", "--yes")).Errors, StringComparison.Ordinal);
        Assert.Contains("Rotated; the successor is token ", (await Patrol(database, "", "rotate", "1", "--yes")).Errors, StringComparison.Ordinal);
        Assert.Equal(["2", "2"], await database.Column("SELECT user_id FROM personal_access_tokens WHERE id > 10000"));
    }

    [Fact]
    public async Task What_cannot_be_rotated_stays_as_it_is()
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        var before = await database.DumpAll();
        Assert.Equal($"Token {Rows.Revoked} is revoked already, which cannot be rotated.", (await Patrol(database, "", "rotate", $"{Rows.Revoked}", "--yes")).Line(1));
        Assert.Equal("There is no token with ID 4711.", (await Patrol(database, "", "rotate", "4711", "--yes")).Line(1));
        Assert.Contains("or fine-grained, which only GitLab itself can rotate", (await Patrol(database, "", "rotate", $"{Rows.FineGrained}", "--yes")).Line(1), StringComparison.Ordinal);
        Assert.Equal($"Would rotate token 1 'revoked is null' of jane. Nothing was changed.", (await Patrol(database, "", "rotate", "1", "--dry-run")).Line(0));
        Assert.StartsWith("Would create token 'x' for jane: api; expires on ", (await Patrol(database, "", "create", "--user", "jane", "--name", "x", "--scope", "api", "--dry-run")).Line(0), StringComparison.Ordinal);
        Assert.Equal(before, await database.DumpAll());
    }

    private static string Digest(string text, string? salt = null) =>
        Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text + (salt ?? Rows.DbKeyBase[..32]))));

    private static async Task<JsonElement> Row(GitLabDatabase database, string condition)
    {
        using var json = JsonDocument.Parse((await database.Column($"SELECT to_jsonb(t) FROM personal_access_tokens t WHERE {condition}")).Single()!);
        return json.RootElement.Clone();
    }

    private Task<CliRun> Patrol(GitLabDatabase database, string input, params string[] arguments) =>
        CliProcess.Run(folder.Path, [.. arguments, "--gitlab-secrets", "secrets.json", "--gitlab-db", CliProcess.Address(database.ConnectionString)], input);
}
