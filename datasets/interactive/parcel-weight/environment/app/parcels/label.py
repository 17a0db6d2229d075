def label(parcel):
    return f"{parcel.code} {parcel.wt} g"


def is_heavy(parcel):
    return parcel.wt > 10000
