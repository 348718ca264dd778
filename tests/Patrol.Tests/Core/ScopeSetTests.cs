using CsCheck;
using Patrol.Core.Results;
using Patrol.Core.Scopes;

namespace Patrol.Tests.Core;

public sealed class ScopeSetTests
{
    private static readonly string[] Known = [.. ScopeCatalog.All.Select(scope => scope.Name)];
    private static readonly Gen<string[]> Names = Gen.Int[0, Known.Length - 1].Select(place => Known[place]).Array[1, 30];

    [Fact]
    public void Names_keep_the_order_in_which_they_were_asked_for_and_count_once() =>
        Names.Sample(names => ScopeSet.Parse(names).Value.Names.SequenceEqual(names.Distinct()));

    [Fact]
    public void A_set_has_exactly_the_scopes_that_it_names() =>
        Names.Sample(names =>
        {
            var set = ScopeSet.Parse(names).Value;
            return ScopeCatalog.All.All(scope => set.Has(scope) == names.Contains(scope.Name));
        });

    [Fact]
    public void What_is_stored_is_read_back_as_the_same_set() =>
        Names.Sample(names =>
        {
            var set = ScopeSet.Parse(names).Value;
            var read = ScopeSet.FromStored(set.ToString());
            return read.Mask == set.Mask && read.Names.SequenceEqual(set.Names);
        });

    [Fact]
    public void One_unknown_name_refuses_them_all() =>
        Assert.Equal(new Refusal.Invalid("scopes", "can only contain available scopes"), ScopeSet.Parse(["api", "everything"]).Refusal);

    [Fact]
    public void Names_are_told_apart_by_case() => Assert.NotNull(ScopeSet.Parse(["API"]).Refusal);

    [Fact]
    public void Nothing_asked_for_is_refused() => Assert.Equal(new Refusal.Invalid("scopes", "can't be blank"), ScopeSet.Parse([]).Refusal);

    [Fact]
    public void A_stored_scope_that_is_no_longer_known_is_shown_but_opens_nothing()
    {
        var set = ScopeSet.FromStored("read_api retired_scope");
        Assert.Equal(["read_api", "retired_scope"], set.Names);
        Assert.Equal(ScopeCatalog.ReadApi.Bit, set.Mask);
    }

    [Fact]
    public void Every_scope_has_a_bit_of_its_own() =>
        Assert.All(ScopeCatalog.All, scope => Assert.Single(ScopeCatalog.All, other => (other.Bit & scope.Bit) != 0));

    // TokenColumns keeps the mask of each token in 32 bits.
    [Fact]
    public void Every_scope_fits_into_the_index_of_tokens() => Assert.All(ScopeCatalog.All, scope => Assert.True(scope.Bit <= uint.MaxValue));

    [Theory]
    [InlineData("api", true, true, true)]
    [InlineData("read_user", true, true, false)]
    [InlineData("sudo", true, false, false)]
    [InlineData("admin_mode", true, false, false)]
    public void Who_may_hold_a_scope_depends_on_administrator_person_or_bot(string name, bool administrator, bool person, bool bot)
    {
        var scope = ScopeCatalog.Find(name)!;
        Assert.Equal(administrator, ScopeCatalog.MayHold(scope, isAdministrator: true, isBot: false));
        Assert.Equal(person, ScopeCatalog.MayHold(scope, isAdministrator: false, isBot: false));
        Assert.Equal(bot, ScopeCatalog.MayHold(scope, isAdministrator: false, isBot: true));
    }

    [Fact]
    public void A_bot_never_holds_what_only_administrators_may() =>
        Assert.DoesNotContain(ScopeCatalog.All, scope =>
            scope.Holder == ScopeHolder.Administrators && ScopeCatalog.MayHold(scope, isAdministrator: true, isBot: true));
}
