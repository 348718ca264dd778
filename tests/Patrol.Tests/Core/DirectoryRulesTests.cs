using CsCheck;
using Patrol.Core.Directory;
using Patrol.Core.Results;

namespace Patrol.Tests.Core;

public sealed class DirectoryRulesTests
{
    [Theory]
    [InlineData(Visibility.Private, AccessLevel.None, true, false)]
    [InlineData(Visibility.Private, AccessLevel.Guest, true, true)]
    [InlineData(Visibility.Internal, AccessLevel.None, true, true)]
    [InlineData(Visibility.Internal, AccessLevel.None, false, false)]
    [InlineData(Visibility.Public, AccessLevel.None, false, true)]
    public void Who_may_see_something_depends_on_its_visibility_and_membership(Visibility visibility, AccessLevel level, bool signedIn, bool sees) =>
        Assert.Equal(sees, AccessRules.MaySee(visibility, level, signedIn));

    [Fact]
    public void Members_always_see_what_they_are_members_of() =>
        Gen.Select(Gen.Enum<Visibility>(), Gen.Enum<AccessLevel>(), Gen.Bool).Sample((visibility, level, signedIn) =>
            level == AccessLevel.None || AccessRules.MaySee(visibility, level, signedIn));

    [Fact]
    public void Every_level_but_none_can_be_given_and_no_other_number() =>
        Gen.Int[-10, 100].Sample(level =>
            AccessRules.IsAssignable(level) == (Enum.IsDefined((AccessLevel)level) && level != (int)AccessLevel.None));

    [Fact]
    public void Tokens_and_members_are_managed_by_maintainers_in_projects_and_owners_in_groups()
    {
        Assert.Equal(AccessLevel.Maintainer, AccessRules.ManagesTokens(isGroup: false));
        Assert.Equal(AccessLevel.Owner, AccessRules.ManagesTokens(isGroup: true));
        Assert.Equal(AccessLevel.Maintainer, AccessRules.ManagesMembers(isGroup: false));
        Assert.Equal(AccessLevel.Owner, AccessRules.ManagesMembers(isGroup: true));
    }

    [Theory]
    [InlineData("jane")]
    [InlineData("_jane")]
    [InlineData("jane.doe-2")]
    [InlineData("git")]
    public void Ordinary_names_are_taken(string path) => Assert.Equal(path, PathRules.Check("path", path).Value);

    [Theory]
    [InlineData("-jane")]
    [InlineData(".jane")]
    [InlineData("jane.")]
    [InlineData("jane.git")]
    [InlineData("jane.ATOM")]
    [InlineData("jane doe")]
    [InlineData("jane/doe")]
    [InlineData("jäne")]
    public void Names_that_addresses_cannot_hold_are_refused_with_the_rule(string path) =>
        Assert.StartsWith("can contain only letters", Assert.IsType<Refusal.Invalid>(PathRules.Check("path", path).Refusal).Why, StringComparison.Ordinal);

    [Fact]
    public void A_name_may_have_as_many_characters_as_the_limit_and_must_have_one()
    {
        Assert.Null(PathRules.Check("username", new string('a', PathRules.MaximumLength)).Refusal);
        Assert.Equal(
            new Refusal.Invalid("username", "is too long (maximum is 255 characters)"),
            PathRules.Check("username", new string('a', PathRules.MaximumLength + 1)).Refusal);
        Assert.Equal(new Refusal.Invalid("username", "can't be blank"), PathRules.Check("username", "").Refusal);
    }

    [Fact]
    public void A_name_that_is_taken_stands_in_an_address_as_it_is() =>
        Gen.String[Gen.Char[' ', '~'], 1, 40].Sample(path => PathRules.Check("path", path).Refusal is not null || Uri.EscapeDataString(path) == path);
}
