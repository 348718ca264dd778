using Npgsql;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources.GitLabDatabase;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Sources;

/// <summary>How a GitLab database is named, as PostgreSQL's own programs take it.</summary>
public sealed class DatabaseAddressTests
{
    [Theory]
    [InlineData("host=db dbname=gitlab user=git port=6432")]
    [InlineData("host = db  dbname = 'gitlab'\tuser=\\git port='6432'")]
    [InlineData("postgresql:///gitlab?host=db&port=6432&user=git")]
    [InlineData("postgres://git@db:6432/gitlab")]
    [InlineData("Host=db;Port=6432;Username=git;Database=gitlab")]
    [InlineData("user=git dbname=gitlab client_encoding=UTF8 keepalives=1 gssencmode=disable channel_binding=prefer", "PGHOST=db", "PGPORT=6432")]
    public void Words_addresses_and_variables_say_the_same(string text, params string[] variables)
    {
        var read = Read(text, variables);
        Assert.Equal(("db", 6432, "git", "gitlab"), (read.Host, read.Port, read.Username, read.Database));
    }

    [Fact]
    public void A_quoted_value_may_hold_blanks_quotes_and_backslashes() =>
        Assert.Equal(@"a b'c\d", Read(@"host=db dbname='a b\'c\\d' user=git").Database);

    [Theory]
    [InlineData("host=db dbname=gitlab sslmode=verify-full", SslMode.VerifyFull)]
    [InlineData("postgres://db/gitlab?sslmode=verify-ca", SslMode.VerifyCA)]
    [InlineData("host=db dbname=gitlab sslmode='require'", SslMode.Require)]
    [InlineData("host=db dbname=gitlab sslrootcert=system", SslMode.VerifyFull)]
    [InlineData("host=db dbname=gitlab", SslMode.VerifyFull, "PGSSLMODE=verify-full")]
    [InlineData("postgres://db/gitlab?sslmode=disable", SslMode.Disable, "PGSSLMODE=verify-full")]
    public void Who_demands_a_checked_certificate_gets_the_check(string text, SslMode mode, params string[] variables) =>
        Assert.Equal(mode, Read(text, variables).SslMode);

    [Theory]
    [InlineData("host=db dbname=gitlab sslmode=verify", "sslmode is one of disable, allow, prefer, require, verify-ca and verify-full")]
    [InlineData("host=db dbname=gitlab sslmode=4", "sslmode is one of")]
    [InlineData("host=db dbname=gitlab", "sslmode is one of", "PGSSLMODE=verify")]
    [InlineData("service=prod", "patrol cannot follow libpq's word service")]
    [InlineData("host=db dbname=gitlab requirepeer=postgres", "libpq's word requirepeer")]
    [InlineData("host=db dbname='gitlab", "cannot be read")]
    [InlineData("host=db dbname", "cannot be read")]
    [InlineData("=db", "cannot be read")]
    [InlineData("host=db dbname=gitlab nonsense=1", "cannot be read")]
    public void What_cannot_be_followed_is_refused(string text, string told, params string[] variables) =>
        Assert.Contains(told, Assert.Throws<CliFailure>(() => Read(text, variables)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Port_and_host_come_from_the_variables_of_PostgreSQL()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var parts = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        using var folder = new TemporaryFolder();
        var run = await CliProcess.Run(
            folder.Path, ["dates", "--gitlab-db", $"dbname = '{parts.Database}'"], "", $"PGHOST={parts.Host}", $"PGPORT={parts.Port}", $"PGUSER={parts.Username}");
        Assert.NotEmpty(run.Good);
    }

    private static NpgsqlConnectionStringBuilder Read(string text, params string[] variables) => DatabaseAddress.Read(
        text, isPublic: true, name => variables.FirstOrDefault(variable => variable.StartsWith($"{name}=", StringComparison.Ordinal))?[(name.Length + 1)..]);
}
