using Patrol.Core.Directory;

namespace Patrol.Tests.Core.Directory;

public sealed class DirectoryRulesTests
{
    [Theory]
    [InlineData("My Project", "my-project")]
    [InlineData("already-fine_1.2", "already-fine_1.2")]
    [InlineData("  a  --  b!", "a-b")]
    [InlineData("日本語", "")]
    public void A_path_is_made_from_a_name(string name, string path) => Assert.Equal(path, PathRules.FromName(name));

    [Theory]
    [InlineData("API", false)]
    [InlineData("apis", true)]
    [InlineData("-x", false)]
    [InlineData("x.git", false)]
    public void Some_paths_are_not_for_users_and_groups(string path, bool good) =>
        Assert.Equal(good, PathRules.CheckTopLevel("path", path).Refusal is null);

    [Theory]
    [InlineData("Ä 日本語 🎉 👩‍💻", true, true)]
    [InlineData("a+b", false, true)]
    [InlineData("a (b)", true, false)]
    [InlineData("(a)", false, false)]
    [InlineData("<script>", false, false)]
    [InlineData(" ", false, false)]
    public void Names_hold_letters_digits_emoji_and_few_marks(string name, bool group, bool project)
    {
        Assert.Equal(group, NameRules.CheckGroup(name).Refusal is null);
        Assert.Equal(project, NameRules.CheckProject(name).Refusal is null);
    }

    [Theory]
    [InlineData("a@b", true)]
    [InlineData("a b@c", false)]
    [InlineData("a@b@c", false)]
    [InlineData("@b", false)]
    [InlineData("a@b\r\nBcc: c@d", false)]
    public void An_address_holds_one_at_sign_and_no_blanks(string email, bool good) =>
        Assert.Equal(good, AccountRules.CheckEmail(email).Refusal is null);

    [Theory]
    [InlineData(AccessLevel.Maintainer, false, AccessLevel.Maintainer, true)]
    [InlineData(AccessLevel.Maintainer, false, AccessLevel.Owner, false)]
    [InlineData(AccessLevel.Maintainer, true, AccessLevel.Guest, false)]
    [InlineData(AccessLevel.Owner, true, AccessLevel.Owner, true)]
    public void Memberships_are_managed_up_to_ones_own_level(AccessLevel own, bool isGroup, AccessLevel membership, bool may) =>
        Assert.Equal(may, AccessRules.MayManage(own, isGroup, membership));
}
