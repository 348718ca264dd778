using Patrol.Cli.Failures;
using Patrol.Cli.Renewal;
using Patrol.Cli.Sinks;
using Patrol.Cli.Terminal;
using Patrol.Core.Tokens;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.Renewal;

namespace Patrol.Tests.Renewal;

/// <summary>What every sink promises, on the real places.</summary>
public sealed class SinkContractTests
{
    private static readonly Secret Old = new("glpat-oldoldoldoldoldoldol"), New = new("glpat-newnewnewnewnewnewne"), Other = new("glpat-otherotherotherother");

    public static TheoryData<PlaceKind> Readable => [.. Enum.GetValues<PlaceKind>().Where(kind => kind != PlaceKind.CommandThatCannotRead)];

    [Theory, MemberData(nameof(Readable))]
    public Task It_is_checked_without_being_changed_then_stored_and_read_back(PlaceKind kind) => On(kind, async (sink, place) =>
    {
        var held = await sink.Check(default);
        Assert.Equal(Old.Reveal(), held!.Reveal());
        Assert.Equal(Old.Reveal(), await place.Read());
        await sink.Store(held, New, default);
        Assert.Equal(New.Reveal(), await place.Read());
        Assert.Equal(New.Reveal(), (await sink.Read(default))!.Reveal());
    });

    [Theory, MemberData(nameof(Readable))]
    public Task What_somebody_else_wrote_meanwhile_is_not_overwritten(PlaceKind kind) => On(kind, async (sink, place) =>
    {
        var held = await sink.Check(default);
        await place.Change(Other.Reveal());
        var failure = await Assert.ThrowsAsync<CliFailure>(() => sink.Store(held, New, default));
        Assert.Equal(ExitCode.SomeRefused, failure.Code);
        Assert.DoesNotContain("glpat-", failure.Message, StringComparison.Ordinal);
        Assert.Equal(Other.Reveal(), await place.Read());
    });

    [Theory, MemberData(nameof(Readable))]
    public Task Storing_what_is_there_already_is_no_error(PlaceKind kind) => On(kind, async (sink, place) =>
    {
        await sink.Store(Old, New, default);
        await sink.Store(Old, New, default);
        Assert.Equal(New.Reveal(), await place.Read());
    });

    [Theory, MemberData(nameof(Readable))]
    public Task What_is_no_token_is_neither_replaced_nor_stored(PlaceKind kind) => On(kind, async (sink, place) =>
    {
        await Assert.ThrowsAsync<CliFailure>(() => sink.Store(Old, new Secret("two words"), default));
        Assert.Equal(Old.Reveal(), await place.Read());
        await place.Change("{{ template }}");
        await Assert.ThrowsAsync<CliFailure>(() => sink.Check(default));
        Assert.Equal("{{ template }}", await place.Read());
    });

    [Theory, InlineData(PlaceKind.MariaDb), InlineData(PlaceKind.PostgreSql)]
    public Task A_column_without_a_value_is_told_from_an_empty_one_and_comes_back_as_it_was(PlaceKind kind) => On(kind, async (sink, place) =>
    {
        foreach (var before in (string?[])[null, ""])
        {
            await place.Change(before!);
            var held = await sink.Check(default);
            await sink.Store(held, New, default);
            Assert.Equal(New.Reveal(), await place.Read());
            await sink.Store(New, held!, default);
            Assert.Equal(before is null, TokenText.Same(await sink.Read(default), TokenText.Null));
            Assert.True(TokenText.IsEmpty((await sink.Read(default))!));
        }
    });

    [Fact]
    public async Task A_column_of_bytes_is_refused()
    {
        var connectionString = await (await SharedPostgres.Get()).NewDatabase();
        await using var source = new Npgsql.NpgsqlSlimDataSourceBuilder(connectionString).Build();
        await using var command = source.CreateCommand("CREATE TABLE t (id int PRIMARY KEY, token bytea, other text)");
        await command.ExecuteNonQueryAsync();
        await using var sinks = new SinkCatalog(_ => null, new Screen(Stream.Null, TextWriter.Null, false, false, false, false));
        await using var sink = sinks.Open(new PlannedHolder("sql", new Dictionary<string, string> { ["database"] = CliProcess.Address(connectionString), ["table"] = "t", ["column"] = "token", ["key.id"] = "1" }));
        var failure = await Assert.ThrowsAsync<CliFailure>(() => sink.Check(default));
        Assert.Equal(ExitCode.WrongUsage, failure.Code);
        Assert.Contains("the column is of the type bytea, which holds no text", failure.Message, StringComparison.Ordinal);
    }

    private static async Task On(PlaceKind kind, Func<ISink, Place, Task> promise)
    {
        using var folder = new TemporaryFolder();
        await using var place = await Place.Make(kind, folder, Old.Reveal());
        await File.WriteAllTextAsync(folder["plan.yaml"], $"tokens:\n- name: app\n  source: {{gitlab: 'http://127.0.0.1'}}\n  owner: me\n  scopes: [api]\n  holders:\n  - {place.Holder}\n");
        var variables = place.Environment.ToDictionary(pair => pair[..pair.IndexOf('=')], pair => pair[(pair.IndexOf('=') + 1)..]);
        var screen = new Screen(Stream.Null, TextWriter.Null, false, false, false, false);
        await using var sinks = new SinkCatalog(variables.GetValueOrDefault, screen);
        await using var sink = sinks.Open(PlanFile.Read(folder["plan.yaml"], new DateOnly(2026, 11, 24), force: false).Tokens[0].Holders[0]);
        await promise(sink, place);
    }
}
